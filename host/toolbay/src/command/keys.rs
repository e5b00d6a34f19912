//! `toolbay keys`: the keys that encrypt what is stored.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use time::OffsetDateTime;
use toolbay_kernel::administration::{KeyState, KeyStatus, Keys, Reencryption, Rewrap, Tally};
use toolbay_kernel::audit::Actor;

use super::Output;
use super::progress::Line;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the keys: their state, their age, and how many values each encrypts
    #[command(after_help = "Example:\n  toolbay keys status")]
    Status,
    /// Make a key that encrypts nothing yet
    #[command(after_help = "Example:\n  toolbay keys add")]
    Add,
    /// Make a key the one that encrypts from now on
    #[command(after_help = "Example:\n  toolbay keys promote 2")]
    Promote {
        /// The key's number
        key: u32,
    },
    /// Move every value to the key that encrypts; may be interrupted, and goes on when it is run again
    #[command(after_help = "Example:\n  toolbay keys reencrypt --dry-run")]
    Reencrypt {
        /// Only say how many values there are to move
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a key for good, if no value is encrypted with it
    #[command(after_help = "Example:\n  toolbay keys retire 1")]
    Retire {
        /// The key's number
        key: u32,
    },
    /// Decrypt every value, and say how many can be
    #[command(after_help = "Example:\n  toolbay keys verify")]
    Verify,
    /// Wrap all keys with another master key: `TOKEN_ENCRYPTION_KEY_NEW`, or a new one in the data folder
    #[command(after_help = "Example:\n  toolbay keys rewrap")]
    Rewrap,
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let keys = Keys::new(open_store(configuration, Purpose::Command).await?);
        let by = Actor::operator();
        match self {
            Self::Status => {
                let now = OffsetDateTime::now_utc();
                let rows: Vec<Value> = keys.status().await?.iter().map(|key| shown(key, now)).collect();
                output.table(&rows, &["key", "state", "since", "age", "values", "master"], "no keys");
            }
            Self::Add => {
                let key = keys.add(&by).await?;
                output.print(&json!({"added": key}), || {
                    format!("added key {key}; it encrypts after: toolbay keys promote {key}")
                });
            }
            Self::Promote { key } => {
                keys.promote(key, &by).await?;
                output.print(&json!({"promoted": key}), || {
                    format!("key {key} encrypts from now on; move what is stored: toolbay keys reencrypt")
                });
            }
            Self::Reencrypt { dry_run: true } => {
                let found = keys.to_reencrypt().await?;
                output.print(&json!({"found": found, "moved": 0, "dry_run": true}), || {
                    format!("{} to move; nothing was changed", values(found))
                });
            }
            Self::Reencrypt { dry_run: false } => {
                let bar = Line::new("moving", "values");
                let done = keys.reencrypt(&by, &|moved, found| bar.at(moved, Some(found))).await?;
                bar.end();
                return Ok(reencrypted(&done, output));
            }
            Self::Retire { key } => {
                keys.retire(key, &by).await?;
                output.print(&json!({"retired": key}), || {
                    format!("key {key} is gone; backups that were made before still have it")
                });
            }
            Self::Verify => {
                let bar = Line::new("decrypting", "values");
                let tally = keys.verify(&|tally| bar.at(tally.values.values().sum(), None)).await?;
                bar.end();
                return Ok(verified(&tally, output));
            }
            Self::Rewrap => rewrapped(&keys.rewrap(&by).await?, output),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(status: &KeyStatus, now: OffsetDateTime) -> Value {
    let KeyStatus { key, values } = status;
    let is_retired = key.state == KeyState::Retired;
    json!({
        "key": key.id,
        "state": key.state.as_str(),
        "since": super::audit::at(key.changed_at),
        "created": super::audit::at(key.created_at),
        "age": age(now - key.created_at),
        "values": values,
        "master": (!is_retired).then_some(&key.master),
    })
}

/// The largest unit that there is one of.
fn age(age: time::Duration) -> String {
    let units = [
        (age.whole_days(), "day"),
        (age.whole_hours(), "hour"),
        (age.whole_minutes(), "minute"),
        (age.whole_seconds(), "second"),
    ];
    match units.into_iter().find(|(number, _)| *number > 0) {
        Some((1, unit)) => format!("1 {unit}"),
        Some((number, unit)) => format!("{number} {unit}s"),
        None => "new".to_owned(),
    }
}

fn values(number: u64) -> String {
    if number == 1 { "1 value".to_owned() } else { format!("{number} values") }
}

fn reencrypted(done: &Reencryption, output: &Output) -> ExitCode {
    let Reencryption { found, moved, busy, unreadable } = *done;
    let shown = json!({"found": found, "moved": moved, "busy": busy, "unreadable": unreadable});
    output.print(&shown, || {
        let mut lines = vec![if found == 0 {
            "every value has the key that encrypts".to_owned()
        } else {
            format!("moved {} to the key that encrypts", values(moved))
        }];
        if busy > 0 {
            lines.push(format!("{} changed all the time: run it again", values(busy)));
        }
        if unreadable > 0 {
            lines.push(format!(
                "{} can't be decrypted and stayed as they were; toolbay keys verify says where",
                values(unreadable)
            ));
        }
        lines.join("\n")
    });
    if busy + unreadable > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn verified(tally: &Tally, output: &Output) -> ExitCode {
    let readable: u64 = tally.values.values().sum();
    let unreadable: u64 = tally.unreadable.values().sum();
    let shown = json!({"readable": readable, "unreadable": unreadable, "by_key": tally.values, "where": tally.unreadable});
    output.print(&shown, || {
        let mut lines = vec![format!("{} can be decrypted, {unreadable} can't", values(readable))];
        lines.extend(tally.values.iter().map(|(key, number)| format!("key {key}: {}", values(*number))));
        lines.extend(
            tally.unreadable.iter().map(|(column, number)| format!("{column}: {number} can't be decrypted")),
        );
        lines.join("\n")
    });
    if unreadable > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn rewrapped(rewrap: &Rewrap, output: &Output) {
    let Rewrap::Done { keys, master, former } = rewrap else { return };
    let shown = json!({"keys": keys, "master": master, "former": former});
    output.print(&shown, || {
        let wrapped = if *keys == 1 { "1 key is".to_owned() } else { format!("{keys} keys are") };
        let next = match former {
            Some(file) => format!("the former one is kept for backups that were made before: {file}"),
            None => {
                "set TOKEN_ENCRYPTION_KEY to it wherever it is set, then unset TOKEN_ENCRYPTION_KEY_NEW; \
                     keep the former one for backups that were made before"
                    .to_owned()
            }
        };
        format!("{wrapped} wrapped with the new master key {master}\n{next}")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let told = |seconds| age(time::Duration::seconds(seconds));
        assert_eq!(told(0), "new");
        assert_eq!(told(1), "1 second");
        assert_eq!(told(90), "1 minute");
        assert_eq!(told(7_200), "2 hours");
        assert_eq!(told(86_400 * 400), "400 days");
        assert_eq!(told(-5), "new", "a clock that was set back");
    }
}
