//! Dependencies that nobody needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::workspace::{Declared, Kind, Package, Workspace};
use crate::harness::root;

/// A dependency is named where it is used. This misses what only tests inside of `src` use of `[dependencies]`.
pub(super) fn each_dependency_is_named_in_the_sources(workspace: &Workspace) -> Vec<String> {
    let mut breaches = Vec::new();
    for (folder, package) in workspace.ours() {
        let sources = Sources::of(folder, package);
        for declared in &package.declared {
            let looked_at: &[&String] = match declared.kind {
                Kind::Normal => &[&sources.code],
                Kind::Dev => &[&sources.code, &sources.tests],
                Kind::Build => &[&sources.build],
            };
            if !looked_at.iter().any(|source| names(source, &declared.name)) {
                breaches.push(format!("{folder} doesn't name {}", declared.package));
            }
        }
    }
    breaches
}

/// A crate's tests see its own dependencies already; naming one again is for a feature that only tests need.
pub(super) fn a_dependency_for_tests_adds_something(workspace: &Workspace) -> Vec<String> {
    let mut breaches = Vec::new();
    for (folder, package) in workspace.ours() {
        let of = |kind| package.declared.iter().filter(move |declared| declared.kind == kind);
        let has = |dev: &Declared| {
            of(Kind::Normal).any(|always| always.name == dev.name && dev.features.is_subset(&always.features))
        };
        breaches.extend(
            of(Kind::Dev).filter(|dev| has(dev)).map(|dev| format!("{folder} has {} already", dev.package)),
        );
    }
    breaches
}

/// What `[workspace.dependencies]` lists and no manifest takes from there.
pub(super) fn unused_by_all(workspace: &Workspace) -> Vec<String> {
    let manifest = |folder: &str| -> toml::Table {
        toml::from_str(&fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap()).unwrap()
    };
    let inherited: BTreeSet<String> =
        workspace.ours().flat_map(|(folder, _)| inherited(&manifest(folder))).collect();
    let listed = manifest("")["workspace"]["dependencies"].as_table().unwrap().clone();
    listed.into_iter().map(|(name, _)| name).filter(|name| !inherited.contains(name)).collect()
}

/// What a manifest, or a part of one, takes from the workspace: `name.workspace = true` at any depth.
fn inherited(table: &toml::Table) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in table {
        let Some(inner) = value.as_table() else { continue };
        if inner.get("workspace").and_then(toml::Value::as_bool) == Some(true) {
            found.push(name.clone());
        }
        found.extend(self::inherited(inner));
    }
    found
}

/// The sources of a package, without comments.
struct Sources {
    code: String,
    tests: String,
    build: String,
}

impl Sources {
    fn of(folder: &str, package: &Package) -> Self {
        let mut sources = Self { code: String::new(), tests: String::new(), build: String::new() };
        collect(&root().join(folder).join("src"), &mut sources.code);
        for (file, tests) in &package.targets {
            if *tests {
                collect(file.parent().unwrap(), &mut sources.tests);
            } else if file.ends_with("build.rs") {
                append(file, &mut sources.build);
            }
        }
        sources
    }
}

fn collect(folder: &Path, source: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, source);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            append(&path, source);
        }
    }
}

fn append(file: &Path, source: &mut String) {
    for line in fs::read_to_string(file).unwrap().lines() {
        source.push_str(line.split("//").next().unwrap());
        source.push('\n');
    }
}

/// Whether a source names a crate: as the beginning of a path, or by itself in a `use`. What serde derives names serde, and so
/// needs it.
fn names(source: &str, name: &str) -> bool {
    let follows =
        |after: &str| after.starts_with("::") || after.starts_with(';') || after.starts_with(" as ");
    // `::name` names a crate, `module::name` doesn't.
    let part_of_a_word = |last: char| last.is_alphanumeric() || last == '_';
    let begins = |before: &str| !before.trim_end_matches("::").ends_with(part_of_a_word);
    let named = source.match_indices(name).any(|(at, _)| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        begins(before) && follows(after) && (after.starts_with("::") || before.ends_with("use "))
    });
    named || name == "serde" && (source.contains("Serialize") || source.contains("Deserialize"))
}
