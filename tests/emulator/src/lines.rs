//! Requests and answers as lines of JSON over standard input and output: for a process that starts an emulator of its own
//! and has no HTTP client.

use std::io;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::server::Emulator;

/// A request; path and query are escaped.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    path: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    body: Option<Value>,
}

/// Answers until standard input ends.
pub(crate) async fn answer_all(emulator: &Emulator) -> io::Result<()> {
    let mut out = tokio::io::stdout();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    say(&mut out, &json!({ "ids": emulator.ids() })).await?;
    while let Some(line) = lines.next_line().await? {
        let (status, body) = match serde_json::from_str(&line) {
            Ok(Asked { method, path, query, body }) => {
                emulator.answer(&method, &path, &query, body.as_ref()).await
            }
            Err(error) => (400, json!({ "message": format!("The line is no request: {error}.") })),
        };
        say(&mut out, &json!({ "status": status, "body": body })).await?;
    }
    Ok(())
}

async fn say(out: &mut tokio::io::Stdout, line: &Value) -> io::Result<()> {
    out.write_all(format!("{line}\n").as_bytes()).await?;
    out.flush().await
}
