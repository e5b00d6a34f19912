//! The limit of open files of a process that serves.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::program;

/// A host under these limits of a shell, and what it says until it is ready.
fn serving(limits: &str) -> (Child, Vec<String>) {
    let data = tempfile::tempdir().unwrap();
    let mut host = Command::new("sh")
        .arg("-c")
        .arg(format!("set -e; {limits}; exec \"$0\" serve --listen 127.0.0.1:0 --data-dir \"$1\""))
        .arg(program())
        .arg(data.path())
        .env_remove("TOOLBAY_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(host.stderr.take().unwrap()).lines().map(Result::unwrap) {
        let is_ready = line.contains("host.ready");
        said.push(line);
        if is_ready {
            return (host, said);
        }
    }
    host.wait().unwrap();
    panic!("the host ended: {said:#?}");
}

fn end(mut host: Child) {
    host.kill().unwrap();
    host.wait().unwrap();
}

#[test]
fn a_host_with_few_descriptors_says_so_and_takes_fewer_connections() {
    let (host, said) = serving("ulimit -n 300");
    end(host);
    let line = said.iter().find(|line| line.contains("host.few_descriptors")).unwrap();
    let fields = &serde_json::from_str::<Value>(line).unwrap()["fields"];
    for (name, value) in
        [("descriptors", 300), ("wanted", 10_256), ("connections", 44), ("connections_of_one", 22)]
    {
        assert_eq!(fields[name], value, "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_host_takes_as_many_descriptors_as_it_may() {
    let (host, _) = serving("ulimit -Sn 400; ulimit -Hn 1000");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", host.id())).unwrap();
    end(host);
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = line.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers, ["1000", "1000"], "the soft one is the hard one");
}
