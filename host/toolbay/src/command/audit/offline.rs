//! Verifying a file that was taken from a log, with nothing but the log's public key: no store, no configuration.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::audit::merkle::{Edge, Hash};
use toolbay_kernel::audit::{Checkpoint, Inclusion, LeafEvent, Proved, VerifierKey};

use super::moment::at_ms;
use crate::command::Output;

/// Largest document that is read whole, in bytes: a receipt has a few thousand.
const MAX_DOCUMENT: u64 = 16 * 1024 * 1024;

/// A line of an export.
#[derive(Deserialize)]
#[serde(untagged)]
enum Exported {
    Leaf(Box<LeafLine>),
    End(EndLine),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeafLine {
    index: u64,
    event: Option<LeafEvent>,
    leaf_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLine {
    checkpoint: String,
}

/// What was verified, or why not.
struct Told {
    shown: Value,
    words: String,
    is_verified: bool,
}

pub(super) fn run(file: &Path, key: &VerifierKey, output: &Output) -> anyhow::Result<ExitCode> {
    let opened = File::open(file).with_context(|| format!("{} can't be read", file.display()))?;
    let mut reader = BufReader::new(opened);
    let mut first = String::new();
    reader
        .by_ref()
        .take(MAX_DOCUMENT)
        .read_line(&mut first)
        .with_context(|| format!("{} isn't text", file.display()))?;
    let told = if let Ok(line) = serde_json::from_str::<Exported>(&first) {
        export(line, reader, key)?
    } else {
        reader
            .take(MAX_DOCUMENT)
            .read_to_string(&mut first)
            .with_context(|| format!("{} isn't text", file.display()))?;
        document(&first, key)?
    };
    output.print(&told.shown, || told.words);
    Ok(if told.is_verified { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A receipt, a proof of consistency, or a checkpoint alone.
fn document(text: &str, key: &VerifierKey) -> anyhow::Result<Told> {
    if !text.trim_start().starts_with('{') {
        return Ok(match Checkpoint::open(text, key) {
            Ok(signed) => verified(
                json!({"is": "checkpoint", "log": signed.origin, "size": signed.size, "root": STANDARD.encode(signed.root)}),
                format!("A checkpoint of {}, signed with its key: {} leaves.", signed.origin, signed.size),
            ),
            Err(error) => refused(&error),
        });
    }
    let proved = Proved::of(text, key)
        .context("it is neither a receipt, nor a proof of consistency, nor an export, nor a checkpoint")?;
    Ok(match proved {
        Err(error) => refused(&error),
        Ok(Proved::Consistent { old, new }) => verified(
            json!({"is": "consistency", "log": new.origin, "old_size": old.size, "new_size": new.size}),
            format!(
                "The log {} of {} leaves goes on from the one of {} leaves: nothing of that was changed.",
                new.origin, new.size, old.size
            ),
        ),
        Ok(Proved::Included(Inclusion { index, event, checkpoint })) => {
            let what = event.as_ref().map_or_else(
                || "An event whose content was removed".to_owned(),
                |event| {
                    let (at, by) = (at_ms(event.time_ms), &event.principal_name);
                    let about = event.subject.as_deref().map(|about| format!(" {about}")).unwrap_or_default();
                    format!("Event {}, {}{about} of {by} at {at},", event.seq, event.kind)
                },
            );
            let shown = json!({
                "is": "receipt", "log": checkpoint.origin, "size": checkpoint.size, "index": index, "event": event
            });
            let details = event.map(|event| format!("\n{}", event.details)).unwrap_or_default();
            verified(
                shown,
                format!(
                    "{what} is in the log {} at place {index} of {}.{details}",
                    checkpoint.origin, checkpoint.size
                ),
            )
        }
    })
}

/// All leaves from the first on, which make the root that was signed.
fn export(first: Exported, reader: impl BufRead, key: &VerifierKey) -> anyhow::Result<Told> {
    let mut edge = Edge::default();
    let mut removed = 0_u64;
    let rest = reader.lines().map(|line| anyhow::Ok(serde_json::from_str(&line?)?));
    for line in std::iter::once(Ok(first)).chain(rest) {
        let place = edge.size();
        let (index, event, leaf_hash) = match line.with_context(|| format!("the line after place {place}"))? {
            Exported::Leaf(line) => {
                let LeafLine { index, event, leaf_hash } = *line;
                (index, event, leaf_hash)
            }
            Exported::End(EndLine { checkpoint }) => {
                return Ok(match Checkpoint::open(&checkpoint, key) {
                    Err(error) => refused(&error),
                    Ok(signed) if signed.size != place || signed.root != edge.root() => refused(&format!(
                        "the {place} events aren't those of the signed checkpoint of {}",
                        signed.size
                    )),
                    Ok(signed) => verified(
                        json!({"is": "export", "log": signed.origin, "size": signed.size, "content_removed": removed}),
                        format!(
                            "All {} events of the log {} are as they were signed; the content of {removed} was removed.",
                            signed.size, signed.origin
                        ),
                    ),
                });
            }
        };
        if index != place {
            if place == 0 {
                bail!("the export begins at place {index}; one that is verified has all of the log");
            }
            return Ok(refused(&format!("the event at place {place} is missing")));
        }
        let hash = match (event, leaf_hash) {
            (Some(event), None) => event.hash(),
            (_, Some(told)) => {
                removed += 1;
                hash_of(&told).with_context(|| format!("the hash of the leaf at place {index}"))?
            }
            (None, None) => return Ok(refused(&format!("the event at place {index} is missing"))),
        };
        edge.append(hash);
    }
    bail!("the export has no checkpoint at its end: it was cut off")
}

fn hash_of(text: &str) -> anyhow::Result<Hash> {
    let bytes = STANDARD.decode(text)?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("a hash has 32 bytes"))
}

fn verified(shown: Value, words: String) -> Told {
    let mut shown = shown;
    if let Some(members) = shown.as_object_mut() {
        members.insert("verified".to_owned(), json!(true));
    }
    Told { shown, words: format!("verified: {words}"), is_verified: true }
}

fn refused(why: &impl ToString) -> Told {
    let why = why.to_string();
    Told {
        shown: json!({"verified": false, "why": why}),
        words: format!("not verified: {why}"),
        is_verified: false,
    }
}
