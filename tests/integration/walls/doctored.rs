//! Metadata as it would be with one dependency more, to show that each wall breaks.

use serde_json::{Value, json};

use super::workspace::METADATA;

/// The metadata with `package` among the dependencies of `folder`: of one `kind` as in a manifest (`normal`, `dev`, `build`), and
/// with these features. A package that isn't in the workspace so far is made up.
pub(super) fn with(folder: &str, kind: &str, package: &str, features: &[&str]) -> Value {
    let mut metadata = METADATA.clone();
    let root = metadata["workspace_root"].as_str().unwrap().to_owned();
    let kind = if kind == "normal" { Value::Null } else { json!(kind) };
    let named = |found: &Value| found["name"] == package;
    if !metadata["packages"].as_array().unwrap().iter().any(named) {
        let manifest = format!("/registry/{package}/Cargo.toml");
        let made_up = json!({"id": package, "name": package, "manifest_path": manifest, "dependencies": [], "targets": []});
        list(&mut metadata["packages"]).push(made_up);
        list(&mut metadata["resolve"]["nodes"]).push(json!({"id": package, "deps": []}));
    }
    let found = metadata["packages"].as_array().unwrap().iter().find(|found| named(found)).unwrap();
    let id = found["id"].clone();
    let from = found["manifest_path"].as_str().unwrap().trim_end_matches("/Cargo.toml").to_owned();
    let mut declared = json!({"name": package, "kind": kind, "features": features});
    if from.starts_with(&root) {
        declared["path"] = json!(from);
    }

    let manifest = json!(format!("{root}/{folder}/Cargo.toml"));
    let packages = list(&mut metadata["packages"]);
    let changed = packages.iter_mut().find(|found| found["manifest_path"] == manifest).unwrap();
    list(&mut changed["dependencies"]).push(declared);
    let changed = changed["id"].clone();
    let nodes = list(&mut metadata["resolve"]["nodes"]);
    let node = nodes.iter_mut().find(|node| node["id"] == changed).unwrap();
    list(&mut node["deps"]).push(json!({"pkg": id, "dep_kinds": [{"kind": kind}]}));
    metadata
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().unwrap()
}
