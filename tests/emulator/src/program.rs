//! The emulator as a program, or as a command of one.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use crate::{Emulator, Options, lines};

/// Serves until the process ends. It prints its address and the ids of its workspace.
///
/// # Errors
///
/// When the address can't be listened on.
pub async fn serve(options: Options) -> io::Result<()> {
    let emulator = Emulator::start(options).await?;
    print(&emulator)?;
    std::future::pending::<()>().await;
    Ok(())
}

/// Answers requests as lines of JSON on standard input until that closes, for a process that has no HTTP client.
///
/// The first line out is `{"ids": {…}}`. Then each line in, `{"method", "path", "query", "body"}`, is answered by one line,
/// `{"status", "body"}`; one that a fault leaves without an answer by `{"status": 0}`, and what is no request by 400. Paths below `/_emulator/` are controls.
///
/// # Errors
///
/// When standard input or output fails.
pub async fn answer_lines(options: Options) -> io::Result<()> {
    // Nobody connects to it.
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    lines::answer_all(&Emulator::start(Options { listen, ..options }).await?).await
}

fn print(emulator: &Emulator) -> io::Result<()> {
    let ids = emulator.ids();
    let mut out = io::stdout().lock();
    writeln!(out, "Notion emulator at {} (token {})", emulator.url(), emulator.token())?;
    writeln!(out, "hosted_mcp={}", emulator.hosted().url())?;
    for (name, id) in [
        ("root_page", &ids.root_page),
        ("ada", &ids.ada),
        ("bot", &ids.bot),
        ("tasks_database", &ids.tasks_database),
        ("tasks_data_source", &ids.tasks_data_source),
        ("tasks_view", &ids.tasks_view),
        ("projects_database", &ids.projects_database),
        ("projects_data_source", &ids.projects_data_source),
        ("projects_view", &ids.projects_view),
        ("comment", &ids.comment),
        ("template", &ids.template),
    ] {
        writeln!(out, "{name}={id}")?;
    }
    for (name, id) in &ids.gallery {
        writeln!(out, "gallery.{name}={id}")?;
    }
    // Scripts wait for the last of these lines.
    for (name, list) in [("tasks", &ids.tasks), ("projects", &ids.projects), ("blocks", &ids.blocks)] {
        writeln!(out, "{name}={}", list.join(","))?;
    }
    out.flush()
}
