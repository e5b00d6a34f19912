//! A new plugin: a crate of few files that builds, passes its own test and answers.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use toolbay_kernel::{PluginName, ToolName};

use super::super::Output;
use super::sdk;

/// What every plugin begins with.
const COMMON: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.in")),
    ("README.md", include_str!("template/README.md.in")),
    ("AGENTS.md", include_str!("template/AGENTS.md.in")),
    (".gitignore", "/target\n/.cargo\n/*.wasm\n"),
];

#[derive(Debug, Args)]
pub(in crate::command) struct Arguments {
    /// The plugin's name, such as my-notes
    name: PluginName,
    /// What it begins as
    #[arg(long, value_enum, default_value_t = Kind::Greet)]
    from: Kind,
    /// Where it goes [default: a folder of its name]
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// The SDK, by version or as a folder [default: the one in this program]
    #[arg(long, value_name = "VERSION|FOLDER")]
    sdk: Option<String>,
}

/// What a plugin begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A tool that greets: the least there is
    Greet,
    /// Adds up the rows of a database by week
    Report,
    /// Keeps the rows of one database in another
    Sync,
    /// Trashes rows that are long done
    Cleanup,
    /// Makes a row of what another service sends
    Webhook,
}

impl Kind {
    /// The source and the manifest.
    fn files(self) -> [(&'static str, &'static str); 2] {
        let (source, manifest) = match self {
            Self::Greet => {
                (include_str!("template/greet/lib.rs.in"), include_str!("template/greet/plugin.toml.in"))
            }
            Self::Report => {
                (include_str!("template/report/lib.rs.in"), include_str!("template/report/plugin.toml.in"))
            }
            Self::Sync => {
                (include_str!("template/sync/lib.rs.in"), include_str!("template/sync/plugin.toml.in"))
            }
            Self::Cleanup => {
                (include_str!("template/cleanup/lib.rs.in"), include_str!("template/cleanup/plugin.toml.in"))
            }
            Self::Webhook => {
                (include_str!("template/webhook/lib.rs.in"), include_str!("template/webhook/plugin.toml.in"))
            }
        };
        [("src/lib.rs", source), ("plugin.toml", manifest)]
    }

    /// Arguments that the tool answers to, in the emulator's workspace.
    fn arguments(self) -> &'static str {
        match self {
            Self::Greet => r#"{"name": "Ada"}"#,
            Self::Report | Self::Cleanup => r#"{"database_id": "tasks_database"}"#,
            Self::Sync => r#"{"from": "tasks_database", "to": "projects_database"}"#,
            Self::Webhook => r#"{"database_id": "tasks_database", "title": "Server is down"}"#,
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<()> {
    let folder = arguments.path.clone().unwrap_or_else(|| PathBuf::from(arguments.name.as_str()));
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty", folder.display());
    }
    expect_usable(&arguments.name)?;
    let tool: ToolName = arguments.name.as_str().replace('-', "_").parse()?;
    let dependency = dependency(arguments.sdk.as_deref())?;
    for (path, text) in COMMON.into_iter().chain(arguments.from.files()) {
        let text = text
            .replace("{{plugin}}", arguments.name.as_str())
            .replace("{{tool}}", tool.as_str())
            .replace("{{sdk}}", &dependency)
            .replace("{{args}}", arguments.from.arguments());
        write(&folder.join(path), &text)?;
    }
    // It also tells cargo where the SDK is.
    sdk::settings(&folder.join("Cargo.toml"))?;
    let shown = json!({"name": arguments.name, "tool": tool, "folder": folder});
    output.print(&shown, || {
        let folder = folder.display();
        format!(
            "made {folder}\n\nnext:\n  toolbay plugin test {folder}\n  toolbay plugin dev {folder} --args '{args}'\n  \
             toolbay plugin build {folder}\n  toolbay plugin install {folder}/{name}.wasm",
            name = arguments.name,
            args = arguments.from.arguments(),
        )
    });
    Ok(())
}

/// What `Cargo.toml` says of the SDK.
fn dependency(given: Option<&str>) -> anyhow::Result<String> {
    // Exactly this one: a later one in the registry, by whomever, is not what this program speaks.
    let own = || toml::Value::String(format!("={}", sdk::VERSION)).to_string();
    match given {
        None => Ok(own()),
        Some(version) if sdk::is_ours(version) => Ok(own()),
        Some(folder) if Path::new(folder).join("Cargo.toml").is_file() => {
            let folder = std::path::absolute(folder).with_context(|| folder.to_owned())?;
            Ok(format!("{{ path = {} }}", toml::Value::String(folder.display().to_string())))
        }
        Some(version)
            if version.trim_start_matches('=').starts_with(|first: char| first.is_ascii_digit()) =>
        {
            Ok(toml::Value::String(version.to_owned()).to_string())
        }
        Some(other) => {
            bail!("{other} is neither a version, such as {}, nor a folder with a crate", sdk::VERSION)
        }
    }
}

/// Names that a crate or a function of it can't have: Rust's words, and what the crate uses by the same name.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "call",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "plugin",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tool",
    "toolbay-sdk",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

fn expect_usable(name: &PluginName) -> anyhow::Result<()> {
    if TAKEN.contains(&name.as_str()) {
        bail!("a crate can't be called {name}; take a name of two words, such as my-{name}");
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("{}", path.display()))
}
