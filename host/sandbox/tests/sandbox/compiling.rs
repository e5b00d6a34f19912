//! Compiling in a child, and what is kept of it.

use std::fs::FileTimes;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use toolbay_sandbox::{CompiledPlugin, CompilerCommand, SandboxError};

use crate::guests::{fixture, renamed};
use crate::host::{Host, Setup};

fn shell(script: &str) -> CompilerCommand {
    // What follows the script are its `$0` and what the host adds.
    CompilerCommand {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into(), "compiler".into()],
        environment: Vec::new(),
    }
}

async fn second(first: &Host, compiler: CompilerCommand) -> Host {
    let host = Setup { data: Some(first.data.clone()), compiler, ..Setup::default() }.start();
    host.folder.refresh().await;
    host
}

#[tokio::test]
async fn what_was_compiled_once_is_not_compiled_again() {
    let host = Host::with(&[("echo.wasm", &fixture("echo"))]).await;
    assert_eq!((host.cache_files("cwasm").len(), host.cache_files("json").len()), (1, 1));
    assert!(host.cache_files("wasm").is_empty(), "the copy for the compiler is left behind");
    // A compiler that would fail shows that none runs.
    second(&host, shell("exit 1")).await.is_alive().await;
}

/// What a host has compiled, as a program brings it along.
fn compiled_by(host: &Host) -> CompiledPlugin {
    let record = host.cache_files("json").remove(0);
    CompiledPlugin {
        digest: record.file_stem().unwrap().to_str().unwrap().to_owned().into(),
        record: std::fs::read(&record).unwrap().into(),
        code: std::fs::read(record.with_extension("cwasm")).unwrap().into(),
    }
}

#[tokio::test]
async fn what_comes_compiled_with_the_program_is_not_compiled() {
    let compiled = compiled_by(&Host::with(&[("echo.wasm", &fixture("echo"))]).await);
    let host = Setup { compiled: vec![compiled], compiler: shell("exit 1"), ..Setup::default() }.start();
    host.put("echo.wasm", &fixture("echo"));
    host.put("other.wasm", &renamed("echo", "othr"));
    host.folder.refresh().await;
    host.is_alive().await;
    assert_eq!(host.report("other.wasm").status.as_str(), "refused", "the code is for one digest alone");
}

#[tokio::test]
async fn what_was_compiled_for_another_machine_or_is_damaged_is_compiled_here() {
    let good = compiled_by(&Host::with(&[("echo.wasm", &fixture("echo"))]).await);
    let mut record: serde_json::Value = serde_json::from_slice(&good.record).unwrap();
    record["compatibility"] = "0".repeat(32).into();
    let elsewhere = CompiledPlugin { record: record.to_string().into_bytes().into(), ..good.clone() };
    let mut bad = good.code.to_vec();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    let damaged = CompiledPlugin { code: bad.into(), ..good.clone() };
    let unreadable = CompiledPlugin { record: b"{".as_slice().into(), ..good };
    for compiled in [elsewhere, damaged, unreadable] {
        let host = Setup { compiled: vec![compiled], ..Setup::default() }.start();
        host.put("echo.wasm", &fixture("echo"));
        host.folder.refresh().await;
        host.is_alive().await;
    }
}

#[tokio::test]
async fn damaged_code_is_compiled_again_and_never_run() {
    let host = Host::with(&[("echo.wasm", &fixture("echo"))]).await;
    let code = host.cache_files("cwasm").remove(0);
    let good = std::fs::read(&code).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    let other = code.with_extension("other");
    std::fs::write(&other, &bad).unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(&other, &code).unwrap();
    let without_compiler = second(&host, shell("exit 1")).await;
    assert_eq!(without_compiler.report("echo.wasm").status.as_str(), "refused");
    second(&host, Setup::default().compiler).await.is_alive().await;
    assert_ne!(std::fs::read(&code).unwrap(), bad);
}

#[tokio::test]
async fn code_that_others_could_write_is_not_loaded() {
    let host = Host::with(&[("echo.wasm", &fixture("echo"))]).await;
    let code = host.cache_files("cwasm").remove(0);
    std::fs::set_permissions(&code, std::fs::Permissions::from_mode(0o666)).unwrap();
    let without_compiler = second(&host, shell("exit 1")).await;
    assert_eq!(without_compiler.report("echo.wasm").status.as_str(), "refused");

    let folder = code.parent().unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = Setup { data: Some(host.data.clone()), ..Setup::default() }.try_sandbox();
    assert!(matches!(refused, Err(SandboxError::Cache(_))));
}

/// As if nothing in the cache had been used for forty days.
fn age(host: &Host) {
    let then = SystemTime::now() - Duration::from_secs(40 * 24 * 3_600);
    for file in ["json", "cwasm"].into_iter().flat_map(|extension| host.cache_files(extension)) {
        let file = std::fs::File::options().append(true).open(file).unwrap();
        file.set_times(FileTimes::new().set_modified(then)).unwrap();
    }
}

#[tokio::test]
async fn compiled_code_goes_when_it_was_long_unused_and_stays_while_a_plugin_has_it() {
    let host = Host::with(&[("echo.wasm", &fixture("echo")), ("gone.wasm", &renamed("echo", "gone"))]).await;
    std::fs::remove_file(host.path("gone.wasm")).unwrap();
    host.folder.refresh().await;
    assert_eq!(host.cache_files("cwasm").len(), 2, "a plugin may come back");

    // What a running host loaded long ago, it uses now.
    age(&host);
    host.put("more.wasm", &renamed("echo", "more"));
    host.folder.refresh().await;
    assert_eq!(host.cache_files("cwasm").len(), 2, "one is gone, one came");
    second(&host, shell("exit 1")).await.is_alive().await;

    // And a host that starts uses what it loads.
    age(&host);
    std::fs::remove_file(host.path("more.wasm")).unwrap();
    second(&host, shell("exit 1")).await.is_alive().await;
    assert_eq!((host.cache_files("cwasm").len(), host.cache_files("json").len()), (1, 1));
}

#[tokio::test]
async fn a_compiler_that_ends_early_is_reported() {
    for (script, reason) in [
        ("kill -XCPU $$", "longer than 30 s of CPU time"),
        ("kill -ABRT $$", "more than 1024 MiB of memory"),
        ("exit 3", "the compiler failed"),
        ("echo '{\"result\":\"installed\",\"digest\":\"other\"}'", "the compiler failed"),
        (
            "printf '{\"result\":\"refused\",\"reason\":\"no\\\\u001b[2J\",\"fix\":\"f\"}'; exit 1",
            "no\\u{1b}[2J",
        ),
        ("yes", "the compiler failed"),
    ] {
        let host = Setup { compiler: shell(script), ..Setup::default() }.start();
        host.put("echo.wasm", &fixture("echo"));
        host.folder.refresh().await;
        let report = host.report("echo.wasm");
        assert!(report.reason.as_ref().unwrap().contains(reason), "{script}: {:?}", report.reason);
    }
    let absent = CompilerCommand {
        program: "/nowhere/toolbay".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
    };
    let host = Setup { compiler: absent, ..Setup::default() }.start();
    host.put("echo.wasm", &fixture("echo"));
    host.folder.refresh().await;
    assert!(host.report("echo.wasm").reason.unwrap().contains("can't be started"));
}

#[tokio::test]
async fn the_compiler_knows_nothing_of_the_hosts_environment() {
    // Everything that the child's environment has goes into its report; a shell itself adds PWD and its like.
    let leak = shell(
        "printf '{\"result\":\"refused\",\"reason\":\"[%s]\",\"fix\":\"f\"}' \"$(env | cut -d= -f1 | tr '\\n' ' ')\"; exit 1",
    );
    let host = Setup { compiler: leak, ..Setup::default() }.start();
    host.put("echo.wasm", &renamed("echo", "leak"));
    host.folder.refresh().await;
    let reason = host.report("echo.wasm").reason.unwrap();
    let names: Vec<&str> = reason.trim_matches(['[', ']']).split_whitespace().collect();
    assert!(names.iter().all(|name| ["PWD", "OLDPWD", "SHLVL", "_"].contains(name)), "{names:?}");
}
