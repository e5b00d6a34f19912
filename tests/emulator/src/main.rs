//! The emulator as a program.
//!
//! Settings, each as a variable or an option: `EMULATOR_LISTEN` / `--listen` (default
//! `127.0.0.1:8701`), `EMULATOR_RATE_LIMIT` / `--rate-limit` (requests a minute, or `off`),
//! `EMULATOR_SEED` / `--seed` (`default`, `empty` or `gallery`), `EMULATOR_TOKEN` / `--token`,
//! `EMULATOR_RECORD` / `--record` (a file for all exchanges), `EMULATOR_OAUTH_CLIENT_ID` / `--oauth-client-id`,
//! `EMULATOR_OAUTH_CLIENT_SECRET` / `--oauth-client-secret` and `EMULATOR_OAUTH_REDIRECT_URIS` /
//! `--oauth-redirect-uris` (separated by commas; any address of this machine when there are none).

use std::error::Error;
use std::io::Write as _;

use notion_emulator::{Emulator, Options, Seed, Token};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start(options()?).await?;
    let ids = emulator.ids();
    let mut out = std::io::stdout().lock();
    writeln!(out, "Notion emulator at {} (token {})", emulator.url(), emulator.token())?;
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
    out.flush()?;
    drop(out);
    std::future::pending::<()>().await;
    Ok(())
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { listen: ([127, 0, 0, 1], 8701).into(), ..Options::default() };
    let settings: [(&str, &str); 8] = [
        ("EMULATOR_LISTEN", "--listen"),
        ("EMULATOR_RATE_LIMIT", "--rate-limit"),
        ("EMULATOR_SEED", "--seed"),
        ("EMULATOR_TOKEN", "--token"),
        ("EMULATOR_RECORD", "--record"),
        ("EMULATOR_OAUTH_CLIENT_ID", "--oauth-client-id"),
        ("EMULATOR_OAUTH_CLIENT_SECRET", "--oauth-client-secret"),
        ("EMULATOR_OAUTH_REDIRECT_URIS", "--oauth-redirect-uris"),
    ];
    for (variable, option) in settings {
        if let Ok(value) = std::env::var(variable) {
            set(&mut options, option, &value)?;
        }
    }
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
        set(&mut options, &option, &value)?;
    }
    Ok(options)
}

fn set(options: &mut Options, option: &str, value: &str) -> Result<(), Box<dyn Error>> {
    match option {
        "--listen" => options.listen = value.parse()?,
        "--rate-limit" => options.rate_limit = if value == "off" { None } else { Some(value.parse()?) },
        "--seed" => options.seed = Seed::named(value)?,
        "--token" => options.tokens = vec![Token::new(value)],
        "--record" => options.record = Some(value.into()),
        "--oauth-client-id" => value.clone_into(&mut options.oauth.client_id),
        "--oauth-client-secret" => value.clone_into(&mut options.oauth.client_secret),
        "--oauth-redirect-uris" => {
            options.oauth.redirect_uris = value.split(',').map(|address| address.trim().to_owned()).collect();
        }
        other => return Err(format!("no option named {other}").into()),
    }
    Ok(())
}
