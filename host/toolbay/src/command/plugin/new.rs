//! A new plugin: a crate with everything that it needs beside it, the SDK included.
//!
//! The SDK that this program was built with is copied into the crate, so that a plugin builds with no registry that
//! would have to carry it, and keeps building when the host's checkout moves.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use toolbay_kernel::{PluginName, ToolName};

use super::super::Output;

/// The SDK's files and the contract, by path below the crate's `vendor/toolbay`.
const SDK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

const TEMPLATE: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.in")),
    ("plugin.toml", include_str!("template/plugin.toml.in")),
    ("src/lib.rs", include_str!("template/lib.rs.in")),
    ("README.md", include_str!("template/README.md.in")),
    (".gitignore", "/target\n/*.wasm\n"),
];

#[derive(Debug, Args)]
pub(in crate::command) struct Arguments {
    /// The plugin's name, such as my-notes
    name: PluginName,
    /// Where it goes [default: a folder of its name]
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<()> {
    let folder = arguments.path.clone().unwrap_or_else(|| PathBuf::from(arguments.name.as_str()));
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty", folder.display());
    }
    let tool: ToolName = arguments.name.as_str().replace('-', "_").parse()?;
    for (path, text) in TEMPLATE {
        let text = text.replace("{{plugin}}", arguments.name.as_str()).replace("{{tool}}", tool.as_str());
        write(&folder.join(path), &text)?;
    }
    for (path, text) in SDK {
        write(&folder.join("vendor/toolbay").join(path), text)?;
    }
    let shown = json!({"name": arguments.name, "tool": tool, "folder": folder});
    output.print(&shown, || {
        let folder = folder.display();
        format!(
            "made {folder}\n\nnext:\n  toolbay plugin test {folder}\n  toolbay plugin build {folder}\n  \
             toolbay plugin install {folder}/{name}.wasm\n  toolbay call {tool} --args '{{\"name\": \"Ada\"}}'",
            name = arguments.name
        )
    });
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("{}", path.display()))
}
