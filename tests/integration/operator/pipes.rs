//! Whoever reads may stop: a command then ends, and says nothing.

use std::process::{Command, Stdio};

use crate::harness::program;

#[test]
fn a_reader_that_goes_away_makes_no_command_panic() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["config", "check", "--json"][..],
        &["completions", "bash"],
        &["token", "list"],
        &["--help"],
        &["status"],
    ] {
        let mut child = Command::new(program())
            .args(arguments)
            .env_clear()
            .env("HOME", folder.path())
            .env("TOOLBAY_LISTEN", "127.0.0.1:0")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Nobody reads a word.
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!said.contains("panic"), "{arguments:?}: {said}");
        assert!(ended.status.code().is_some_and(|code| code != 101), "{arguments:?}: {:?}", ended.status);
    }
}
