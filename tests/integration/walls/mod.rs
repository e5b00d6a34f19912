//! The walls of `ARCHITECTURE.md`: who may depend on whom. Each holds, and breaks when a dependency is added that it forbids.

mod circles;
mod doctored;
mod rules;
mod unused;
mod workspace;

use std::collections::BTreeMap;

use doctored::with;
use serde_json::Value;
use workspace::{METADATA, Workspace};

/// A wall: what of a workspace breaks it.
type Wall = fn(&Workspace) -> Vec<String>;

fn holds(wall: Wall) {
    assert_eq!(wall(&Workspace::of(&METADATA)), [""; 0]);
}

fn breaks(wall: Wall, metadata: &Value, breaches: &[&str]) {
    assert_eq!(wall(&Workspace::of(metadata)), breaches);
}

#[test]
fn the_kernel_depends_on_nothing_of_ours() {
    let wall = rules::the_kernel_depends_on_nothing_of_ours;
    holds(wall);
    for kind in ["normal", "dev", "build"] {
        let metadata = with("host/kernel", kind, "toolbay-store", &[]);
        breaks(wall, &metadata, &["host/kernel depends on host/store"]);
    }
    breaks(wall, &with("host/kernel", "dev", "notion-emulator", &[]), &[]);
    breaks(wall, &with("host/kernel", "normal", "toolbay-sdk", &[]), &["host/kernel depends on sdk"]);
}

#[test]
fn the_kernel_has_no_http_no_sql_and_no_wasm() {
    let wall = rules::the_kernel_has_no_http_no_sql_and_no_wasm;
    holds(wall);
    breaks(wall, &with("host/kernel", "normal", "http", &[]), &["host/kernel reaches http"]);
    breaks(
        wall,
        &with("host/kernel", "normal", "rusqlite", &[]),
        &["host/kernel reaches libsqlite3-sys", "host/kernel reaches rusqlite"],
    );
    breaks(wall, &with("host/kernel", "build", "wasmer", &[]), &["host/kernel reaches wasmer"]);
    breaks(wall, &with("host/kernel", "dev", "wasmer", &[]), &[]);
    // By way of another package too.
    let reached = wall(&Workspace::of(&with("host/kernel", "normal", "toolbay-sandbox", &[])));
    assert!(reached.contains(&"host/kernel reaches wasmtime".to_owned()), "{reached:?}");
}

#[test]
fn a_crate_of_the_host_depends_on_the_kernel_and_no_sibling() {
    let wall = rules::a_crate_of_the_host_depends_on_the_kernel_and_no_sibling;
    holds(wall);
    for kind in ["normal", "dev", "build"] {
        let metadata = with("host/gateway", kind, "toolbay-store", &[]);
        breaks(wall, &metadata, &["host/gateway depends on host/store"]);
    }
    breaks(wall, &with("host/sandbox", "normal", "toolbay-sdk", &[]), &["host/sandbox depends on sdk"]);
    breaks(wall, &with("host/store", "dev", "notion-emulator", &[]), &[]);
    breaks(
        wall,
        &with("host/store", "normal", "notion-emulator", &[]),
        &["host/store depends on tests/emulator"],
    );
}

#[test]
fn the_program_wires_every_crate_of_the_host() {
    let wall = rules::the_program_wires_every_crate_of_the_host;
    holds(wall);
    let metadata = with("host/gateway", "dev", "toolbay", &[]);
    breaks(wall, &metadata, &["host/gateway depends on host/toolbay"]);
    breaks(wall, &with("host/toolbay", "normal", "toolbay-sdk", &[]), &["host/toolbay depends on sdk"]);
}

#[test]
fn a_plugin_depends_on_the_sdk_alone() {
    let wall = rules::a_plugin_depends_on_the_sdk_alone;
    holds(wall);
    for folder in ["plugins/rows", "examples/count-rows", "tests/fixtures/echo"] {
        let metadata = with(folder, "normal", "toolbay-kernel", &[]);
        breaks(wall, &metadata, &[&format!("{folder} depends on host/kernel")]);
    }
    let metadata = with("plugins/rows", "dev", "toolbay-plugin-search", &[]);
    breaks(wall, &metadata, &["plugins/rows depends on plugins/search"]);
}

#[test]
fn the_sdk_depends_on_nothing_of_the_host() {
    let wall = rules::the_sdk_depends_on_nothing_of_the_host;
    holds(wall);
    breaks(wall, &with("sdk", "normal", "toolbay-kernel", &[]), &["sdk depends on host/kernel"]);
    breaks(wall, &with("sdk", "dev", "notion-emulator", &[]), &["sdk depends on tests/emulator"]);
    breaks(wall, &with("sdk/macros", "normal", "toolbay-sdk", &[]), &["sdk/macros depends on sdk"]);
}

#[test]
fn only_an_egress_has_an_http_client() {
    let wall = rules::only_an_egress_has_an_http_client;
    holds(wall);
    breaks(wall, &with("host/notion", "normal", "ureq", &[]), &[]);
    // A model's server is asked by one crate, which has no way to any other outside but the door.
    breaks(wall, &with("host/chat", "normal", "ureq", &[]), &[]);
    // So is the operator's collector of spans, which is asked for nothing.
    breaks(wall, &with("host/traces", "normal", "ureq", &[]), &[]);
    for folder in ["host/toolbay", "host/store", "plugins/rows", "sdk", "tests/emulator"] {
        let breaches = wall(&Workspace::of(&with(folder, "normal", "ureq", &[])));
        assert!(breaches.contains(&format!("{folder} has ureq as a client")), "{breaches:?}");
    }
    let metadata = with("host/gateway", "normal", "hyper", &["client", "http1"]);
    breaks(wall, &metadata, &["host/gateway has hyper as a client"]);
    // Also what somebody else's crate brings along, and a client that is there for tests alone.
    let metadata = with("host/store", "normal", "hyper-rustls", &[]);
    let breaches = wall(&Workspace::of(&metadata));
    assert!(breaches.iter().any(|breach| breach.ends_with("as a client, by hyper-rustls")), "{breaches:?}");
    breaks(wall, &with("host/store", "dev", "ureq", &[]), &["host/store has ureq as a client"]);
}

#[test]
fn each_engine_has_one_owner() {
    let wall = rules::each_engine_has_one_owner;
    holds(wall);
    for (folder, engine) in [
        ("host/gateway", "sqlx-core"),
        ("host/store", "wasmi"),
        ("host/sandbox", "axum-core"),
        ("host/gateway", "opentelemetry"),
        ("host/store", "redis"),
    ] {
        let metadata = with(folder, "normal", engine, &[]);
        breaks(wall, &metadata, &[&format!("{folder} reaches {engine}")]);
    }
    breaks(wall, &with("host/store", "normal", "diesel", &[]), &[]);
    breaks(wall, &with("host/toolbay", "normal", "wasmer", &[]), &["host/toolbay reaches wasmer"]);
}

#[test]
fn each_dependency_is_used() {
    holds(unused::each_dependency_is_named_in_the_sources);
    holds(unused::a_dependency_for_tests_adds_something);
    assert_eq!(unused::unused_by_all(&Workspace::of(&METADATA)), [""; 0]);
    let wall = unused::each_dependency_is_named_in_the_sources;
    for kind in ["normal", "dev", "build"] {
        breaks(wall, &with("host/kernel", kind, "ureq", &[]), &["host/kernel doesn't name ureq"]);
    }
    let wall = unused::a_dependency_for_tests_adds_something;
    breaks(wall, &with("host/kernel", "dev", "url", &[]), &["host/kernel has url already"]);
    breaks(wall, &with("host/kernel", "dev", "url", &["serde"]), &[]);
}

#[test]
fn no_crate_has_a_circle_of_more_than_two_files() {
    for (folder, _) in Workspace::of(&METADATA).ours() {
        assert_eq!(circles::of_crate(folder), [""; 0], "{folder}");
    }
    let circles = circles::circles;
    let files = |texts: [&str; 3]| {
        let named = ["a", "b", "c"].map(|name| vec![name.to_owned()]);
        named.into_iter().zip(texts.map(str::to_owned)).collect()
    };
    let two = files(["use crate::{x, b::B};", "fn f() { super::a::g() }", "use crate::a::{A, C};"]);
    assert_eq!(circles(&two), [""; 0]);
    let three = files(["use crate::{x, b::B};", "use super::c;", "fn f() -> crate::a::A {}"]);
    assert_eq!(circles(&three), ["a, b, c"]);
    // By what the root passes on, under another name, and by a module that one declares.
    let passed_on = |root: &str| {
        let mut files: BTreeMap<_, _> = files(["use crate::B;", "use crate::c;", "use crate::a;"]);
        files.insert(Vec::new(), root.to_owned());
        circles(&files)
    };
    assert_eq!(passed_on("pub use b::Other as B;"), ["a, b, c"]);
    assert_eq!(passed_on("struct B;"), [""; 0]);
    let mut declared = files(["mod d;\nfn f() { d::g() }", "", ""]);
    declared.insert(vec!["a".to_owned(), "d".to_owned()], "use crate::b;".to_owned());
    declared.insert(vec!["b".to_owned()], "use crate::a;".to_owned());
    assert_eq!(circles(&declared), ["a, a::d, b"]);
    let in_tests = files(["use crate::b::B;", "use crate::c;", "#[cfg(test)]\nmod tests { use crate::a; }"]);
    assert_eq!(circles(&in_tests), [""; 0]);
}
