//! `toolbay doctor`: what keeps a host from serving well, and what mends it.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use toolbay_notion::Notion;

use super::Output;
use crate::check::{self, Checked};
use crate::configuration::Configuration;
use crate::{descriptors, host};

/// Seconds that a clock may be wrong: tokens and sessions end by it.
const MAX_SKEW_SECONDS: i64 = 60;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay doctor --offline")]
pub(super) struct Arguments {
    /// Ask nobody outside of this machine
    #[arg(long)]
    offline: bool,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    /// A host serves, and something will not be as it should.
    Doubtful,
    Bad,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "warning",
            Self::Bad => "error",
        }
    }
}

/// One thing that was looked at.
struct Examined {
    about: &'static str,
    mark: Mark,
    what: String,
    mend: Option<String>,
}

fn good(about: &'static str, what: impl Into<String>) -> Examined {
    Examined { about, mark: Mark::Good, what: what.into(), mend: None }
}

fn doubtful(about: &'static str, what: impl Into<String>, mend: &str) -> Examined {
    Examined { about, mark: Mark::Doubtful, what: what.into(), mend: Some(mend.to_owned()) }
}

fn bad(about: &'static str, what: impl Into<String>, mend: Option<&str>) -> Examined {
    Examined { about, mark: Mark::Bad, what: what.into(), mend: mend.map(str::to_owned) }
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let checked = check::check(configuration).await;
    let mut examined = vec![good(
        "configuration",
        match &configuration.file {
            Some(file) => format!("{} and the environment are read", file.display()),
            None => "the environment is read; there is no toolbay.toml".to_owned(),
        },
    )];
    examined.push(data_folder(configuration));
    examined.extend(of_checks(configuration, &checked));
    examined.push(open_files());
    if !arguments.offline {
        examined.extend(notion(configuration).await);
    }
    let shown: Vec<_> = examined
        .iter()
        .map(
            |one| json!({"about": one.about, "state": one.mark.as_str(), "what": one.what, "mend": one.mend}),
        )
        .collect();
    output.print(&shown.into(), || {
        let line = |one: &Examined| {
            let mend = one.mend.as_ref().map(|mend| format!("\n{:24}{mend}", "")).unwrap_or_default();
            format!("{:8} {:14} {}{mend}", one.mark.as_str(), one.about, one.what)
        };
        examined.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    let is_bad = examined.iter().any(|one| one.mark == Mark::Bad);
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Who may read and write the folder with the database and the keys.
fn data_folder(configuration: &Configuration) -> Examined {
    use std::os::unix::fs::MetadataExt as _;

    let about = "data folder";
    let folder = &configuration.data_dir;
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            good(about, format!("{} is made at the first start", folder.display()))
        }
        Err(error) => {
            bad(about, format!("{}: {error}", folder.display()), Some("choose another with --data-dir"))
        }
        Ok(metadata) if metadata.mode() & 0o077 != 0 => doubtful(
            about,
            format!(
                "{} is open to other users of this machine (mode {:o})",
                folder.display(),
                metadata.mode() & 0o777
            ),
            &format!("chmod 700 {}", folder.display()),
        ),
        Ok(_) => good(about, format!("{} is this user's alone", folder.display())),
    }
}

/// What a start would look at.
fn of_checks(configuration: &Configuration, checked: &Checked) -> Vec<Examined> {
    let mut examined = Vec::new();
    if let Some(look) = &checked.store {
        examined.push(match look.schema {
            None => good("database", "new: the first start makes it"),
            Some(schema) if look.is_behind() => doubtful(
                "database",
                format!("has migration {schema}, and this version knows {}", look.newest_schema),
                "back it up (toolbay backup FILE); the next start brings it up to date",
            ),
            Some(_) => good("database", "opens, and its tables are up to date"),
        });
        if look.schema.is_some() && !look.is_behind() {
            examined.push(good(
                "keys",
                "the master key opens every data key; toolbay keys verify decrypts every value",
            ));
        }
    }
    if let (Some(url), Some(look)) = (&configuration.redis_url, &checked.redis) {
        examined.push(good("redis", format!("{url} answers (version {})", look.version)));
    }
    match &checked.running {
        Some(running) => {
            examined.push(good("host", format!("serves at {} (process {})", running.address, running.pid)));
            let refused = running.plugins.iter().filter(|plugin| plugin["status"] != "live").count();
            let lacking = running
                .plugins
                .iter()
                .filter(|plugin| plugin["missing"].as_array().is_some_and(|missing| !missing.is_empty()));
            let lacking: Vec<&str> = lacking.filter_map(|plugin| plugin["name"].as_str()).collect();
            examined.push(match refused {
                0 if !lacking.is_empty() => doubtful(
                    "plugins",
                    format!(
                        "{} are live; not granted all that they ask for: {}",
                        running.plugins.len(),
                        lacking.join(", ")
                    ),
                    "toolbay plugin list says what, and which command grants it",
                ),
                0 => good("plugins", format!("{} are live", running.plugins.len())),
                _ => doubtful("plugins", format!("{refused} are refused"), "toolbay plugin list says why"),
            });
            examined.extend(running.upstreams.iter().map(|health| {
                let (about, words) = ("MCP server", health.in_words());
                if health.is_away() {
                    let mend = "its tools answer `unavailable` meanwhile; the host tries it again by itself";
                    return doubtful(about, words, mend);
                }
                if health.changed > 0 {
                    let mend =
                        format!("toolbay upstream show {} says what, and how to accept it", health.name);
                    return doubtful(about, words, &mend);
                }
                good(about, words)
            }));
        }
        None if checked.is_served() => {
            examined.push(good(
                "host",
                "one serves this database, and doesn't say more, as an older version doesn't",
            ));
        }
        None => examined.push(good("host", "none runs with this data folder")),
    }
    for finding in &checked.findings {
        let mark = if finding.is_refused { Mark::Bad } else { Mark::Doubtful };
        examined.push(Examined { about: finding.about, mark, what: finding.what.clone(), mend: None });
    }
    if !checked.is_served() && checked.findings.iter().all(|finding| finding.about != "listen") {
        examined.push(good("listen", format!("{} is free", configuration.listen)));
    }
    examined
}

fn open_files() -> Examined {
    let wanted = descriptors::wanted(&toolbay_gateway::ServerLimits::default());
    match descriptors::most() {
        Some(most) if most < wanted => doubtful(
            "open files",
            format!("this process may have {most}, and a host wants {wanted}: it takes fewer connections"),
            "raise the limit: ulimit -Hn, or LimitNOFILE= of its unit",
        ),
        _ => good("open files", format!("at least {wanted} are allowed")),
    }
}

/// Whether Notion answers at the address configured, whether it takes the token, and what its clock says.
async fn notion(configuration: &Configuration) -> Vec<Examined> {
    let address = &configuration.notion_api_url;
    // Why it can't be is among what a start looks at.
    let Ok(notion) = host::open_notion(configuration) else { return Vec::new() };
    let date = match notion.reach().await {
        Ok(date) => date,
        Err(why) => {
            let mend = "is the address right (NOTION_API_URL), and may this machine connect to it?";
            return vec![bad("notion", format!("{address} can't be reached: {why}"), Some(mend))];
        }
    };
    let mut examined = vec![good("notion", format!("{address} answers"))];
    examined.extend(date.as_deref().and_then(clock));
    examined.extend(token(configuration, &notion).await);
    examined
}

fn clock(date: &str) -> Option<Examined> {
    let there = OffsetDateTime::parse(date, &Rfc2822).ok()?;
    let skew = (OffsetDateTime::now_utc() - there).whole_seconds();
    Some(if skew.abs() > MAX_SKEW_SECONDS {
        let direction = if skew > 0 { "ahead of" } else { "behind" };
        doubtful(
            "clock",
            format!("{} s {direction} Notion's: tokens and sessions end by it", skew.abs()),
            "set the clock, and keep it set (timedatectl set-ntp true)",
        )
    } else {
        good("clock", format!("within {MAX_SKEW_SECONDS} s of Notion's"))
    })
}

async fn token(configuration: &Configuration, notion: &Notion) -> Option<Examined> {
    let token = configuration.secrets.notion_token.as_ref()?;
    Some(match notion.workspace(token).await {
        Ok(workspace) => good(
            "NOTION_TOKEN",
            match workspace.name {
                Some(name) => format!("opens the workspace {name}"),
                None => "opens a workspace".to_owned(),
            },
        ),
        Err(problem) => bad("NOTION_TOKEN", problem.message, problem.hint.as_deref()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_told() {
        let at =
            |offset| (OffsetDateTime::now_utc() + time::Duration::seconds(offset)).format(&Rfc2822).unwrap();
        assert_eq!(clock(&at(0)).unwrap().mark, Mark::Good);
        assert!(clock(&at(-600)).unwrap().what.contains("ahead of Notion's"));
        assert!(clock(&at(600)).unwrap().what.contains("behind Notion's"));
        assert!(clock("Sun, 29 Nov 2026 08:49:37 GMT").is_some(), "as servers write it");
        assert!(clock("soon").is_none());
    }
}
