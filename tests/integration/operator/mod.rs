//! What an operator does by the command line, beside a host that serves and without one.

mod commands;
mod configuration;
mod log;
mod names;
mod pipes;
mod redis;
mod sighted;
mod tokens;
mod upstreams;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::program;

/// The program in a folder of its own, with nothing of this process's environment.
fn alone(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).env_clear().current_dir(folder);
    command.env("HOME", folder).env("PATH", "/usr/bin:/bin").envs(variables.iter().copied());
    command.output().unwrap()
}

/// What was said, on either of the two.
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}
