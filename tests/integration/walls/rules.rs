//! The walls, each as a function that lists what breaks it.

use super::workspace::{Declared, Kind, Package, Workspace};

const KERNEL: &str = "host/kernel";
const PROGRAM: &str = "host/toolbay";
const SDK: &str = "sdk";

/// What tests of any crate may use beside the crate itself: ports in memory, and a Notion in memory.
const FOR_TESTS: [&str; 2] = ["host/testing", "tests/emulator"];

/// Who sends to the outside: behind the gate, or what clients of OAuth say of themselves.
const EGRESSES: [&str; 3] = ["host/http", "host/notion", "host/upstream"];

/// Who asks the server of a model, and nothing else. It is a surface: what it is asked for goes through the door.
const MODELS_CLIENT: &str = "host/chat";

/// Who sends spans to the operator's collector, and nothing else.
const COLLECTORS_CLIENT: &str = "host/traces";

const HTTP_CLIENTS: [&str; 9] =
    ["attohttpc", "awc", "curl", "hyper-rustls", "hyper-tls", "isahc", "minreq", "reqwest", "ureq"];
const HTTP: [&str; 5] = ["http", "hyper", "hyper-util", "h2", "tower-http"];
const SURFACES: [&str; 2] = ["axum", "axum-core"];
const MCP: [&str; 1] = ["rmcp"];
const SQL: [&str; 7] =
    ["diesel", "libsqlite3-sys", "postgres", "rusqlite", "sqlx", "sqlx-core", "tokio-postgres"];
const TRACES: [&str; 4] = ["opentelemetry", "opentelemetry-otlp", "opentelemetry-proto", "opentelemetry_sdk"];
const REDIS: [&str; 2] = ["fred", "redis"];
const WASM: [&str; 6] = ["cranelift-codegen", "wasmer", "wasmi", "wasmparser", "wasmtime", "wit-component"];

pub(super) fn the_kernel_depends_on_nothing_of_ours(workspace: &Workspace) -> Vec<String> {
    ours(workspace, |folder| folder == KERNEL, |_, used, kind| kind == Kind::Dev && FOR_TESTS.contains(&used))
}

pub(super) fn the_kernel_has_no_http_no_sql_and_no_wasm(workspace: &Workspace) -> Vec<String> {
    let engines = [&HTTP_CLIENTS[..], &HTTP, &SURFACES, &MCP, &REDIS, &SQL, &WASM].concat();
    reached(workspace, KERNEL, &engines, |_| false)
}

pub(super) fn a_crate_of_the_host_depends_on_the_kernel_and_no_sibling(workspace: &Workspace) -> Vec<String> {
    let between = |folder: &str| folder.starts_with("host/") && folder != KERNEL && folder != PROGRAM;
    let mut breaches = ours(workspace, between, |folder, used, kind| {
        used == KERNEL
            || kind == Kind::Dev && FOR_TESTS.contains(&used)
            // Notion's pure logic is no crate of the host.
            || folder == "host/notion" && used == "sdk/notion"
    });
    for (folder, package) in workspace.ours().filter(|(folder, _)| between(folder)) {
        if !uses(package, KERNEL) {
            breaches.push(format!("{folder} doesn't depend on {KERNEL}"));
        }
    }
    breaches
}

pub(super) fn the_program_wires_every_crate_of_the_host(workspace: &Workspace) -> Vec<String> {
    let mut breaches = ours(
        workspace,
        |folder| folder == PROGRAM,
        |_, used, kind| {
            used.starts_with("host/")
                // `toolbay emulator` and `toolbay plugin dev` give it to authors.
                || used == "tests/emulator"
                || kind == Kind::Dev && FOR_TESTS.contains(&used)
        },
    );
    breaches.extend(ours(workspace, |_| true, |_, used, _| used != PROGRAM));
    let (_, program) = workspace.ours().find(|(folder, _)| *folder == PROGRAM).unwrap();
    for (folder, _) in workspace.ours() {
        let part = folder.starts_with("host/") && folder != PROGRAM && !FOR_TESTS.contains(&folder);
        if part && !uses(program, folder) {
            breaches.push(format!("{PROGRAM} doesn't wire {folder}"));
        }
    }
    breaches
}

pub(super) fn a_plugin_depends_on_the_sdk_alone(workspace: &Workspace) -> Vec<String> {
    let plugin = |folder: &str| {
        ["plugins/", "examples/", "tests/fixtures/"].iter().any(|parent| folder.starts_with(parent))
    };
    let mut breaches = ours(workspace, plugin, |_, used, kind| {
        used == SDK || kind == Kind::Dev && FOR_TESTS.contains(&used)
    });
    for (folder, package) in workspace.ours().filter(|(folder, _)| plugin(folder)) {
        if !uses(package, SDK) {
            breaches.push(format!("{folder} doesn't depend on {SDK}"));
        }
    }
    breaches
}

pub(super) fn the_sdk_depends_on_nothing_of_the_host(workspace: &Workspace) -> Vec<String> {
    let below = |folder: &str| folder.starts_with("sdk/");
    // The crates below it are its parts, and don't know it or each other.
    ours(workspace, |folder| folder == SDK || below(folder), |folder, used, _| folder == SDK && below(used))
}

pub(super) fn only_an_egress_has_an_http_client(workspace: &Workspace) -> Vec<String> {
    let egress =
        |folder: &str| EGRESSES.contains(&folder) || [MODELS_CLIENT, COLLECTORS_CLIENT].contains(&folder);
    let mut breaches = Vec::new();
    for (folder, package) in workspace.ours().filter(|(folder, _)| !egress(folder)) {
        for declared in package.declared.iter().filter(|declared| is_client(declared)) {
            // The tests of the whole host are clients of it, and those of the emulator of that.
            if declared.kind != Kind::Dev || ![PROGRAM, "tests/emulator"].contains(&folder) {
                breaches.push(format!("{folder} has {} as a client", declared.package));
            }
        }
        // What rmcp is asked for is looked at where it is asked: the build as a whole has all of it.
        let ends = |package: &Package| {
            package.folder.as_deref().is_some_and(egress) || MCP.contains(&package.name.as_str())
        };
        for by in workspace.reached(folder, ends) {
            for client in
                by.declared.iter().filter(|declared| declared.kind != Kind::Dev && is_client(declared))
            {
                if by.folder.is_none() && workspace.resolves(by, &client.package) {
                    breaches.push(format!("{folder} reaches {} as a client, by {}", client.package, by.name));
                }
            }
        }
    }
    breaches
}

pub(super) fn each_engine_has_one_owner(workspace: &Workspace) -> Vec<String> {
    let owned = [
        (&["host/gateway"][..], &SURFACES[..]),
        // We serve it, and are a client of it.
        (&["host/gateway", "host/upstream"], &MCP),
        // What the host keeps, and what tools reach.
        (&["host/store", "host/sql"], &SQL),
        (&["host/redis"], &REDIS),
        (&["host/sandbox"], &WASM),
        (&["host/traces"], &TRACES),
    ];
    let mut breaches = Vec::new();
    for (owners, engines) in owned {
        let others =
            workspace.ours().filter(|(folder, _)| folder.starts_with("host/") && !owners.contains(folder));
        for (folder, _) in others {
            // Each is looked at by itself: what it reaches by way of another of ours is the other's.
            breaches.extend(reached(workspace, folder, engines, |package| package.folder.is_some()));
        }
    }
    breaches
}

/// Which dependencies between packages of ours aren't allowed, for the folders that the first function picks.
fn ours(
    workspace: &Workspace,
    of: impl Fn(&str) -> bool,
    allowed: impl Fn(&str, &str, Kind) -> bool,
) -> Vec<String> {
    let mut breaches = Vec::new();
    for (folder, package) in workspace.ours().filter(|(folder, _)| of(folder)) {
        for declared in &package.declared {
            if let Some(used) =
                declared.folder.as_deref().filter(|used| !allowed(folder, used, declared.kind))
            {
                breaches.push(format!("{folder} depends on {used}"));
            }
        }
    }
    breaches
}

/// Which of some packages are reached from a folder.
fn reached(
    workspace: &Workspace,
    folder: &str,
    engines: &[&str],
    turned_away: impl Fn(&Package) -> bool,
) -> Vec<String> {
    let reached = workspace.reached(folder, turned_away);
    let found = reached.iter().filter(|package| engines.contains(&package.name.as_str()));
    found.map(|package| format!("{folder} reaches {}", package.name)).collect()
}

fn uses(package: &Package, folder: &str) -> bool {
    let always = package.declared.iter().filter(|declared| declared.kind == Kind::Normal);
    always.into_iter().any(|declared| declared.folder.as_deref() == Some(folder))
}

/// Whether a dependency is an HTTP client: by what it is, or by the features that are asked of it.
fn is_client(declared: &Declared) -> bool {
    let by_features = ["hyper", "hyper-util", "rmcp"].contains(&declared.package.as_str());
    let client = |feature: &String| feature.contains("client") || feature.contains("reqwest");
    HTTP_CLIENTS.contains(&declared.package.as_str()) || by_features && declared.features.iter().any(client)
}
