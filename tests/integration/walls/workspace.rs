//! What `cargo metadata` says of the workspace: who declares which dependency, and what each reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::harness::root;

/// What cargo answers here: all that members declare, for any platform, and what is resolved for this one.
pub(super) static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let here = output(Command::new("rustc").args(["--print", "host-tuple"]));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    // What is resolved for other platforms may not have been downloaded, and a test asks no registry.
    metadata.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"]);
    serde_json::from_slice(output(metadata.arg(here.trim_ascii_end())).as_bytes()).unwrap()
});

fn output(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// When a dependency is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always.
    Normal,
    /// For tests, benches and examples.
    Dev,
    /// For the build script.
    Build,
}

impl Kind {
    fn of(kind: &Value) -> Self {
        match kind.as_str() {
            Some("dev") => Self::Dev,
            Some("build") => Self::Build,
            _ => Self::Normal,
        }
    }
}

/// One line below `[dependencies]` and the like.
pub(super) struct Declared {
    pub(super) package: String,
    /// What sources call it.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) features: BTreeSet<String>,
    /// Where it is in the repository, for what is ours.
    pub(super) folder: Option<String>,
}

/// A package: one of ours, or one that ours reach.
pub(super) struct Package {
    pub(super) name: String,
    /// Where it is in the repository, for what is ours.
    pub(super) folder: Option<String>,
    pub(super) declared: Vec<Declared>,
    /// The first source file of each target, and whether it is a test, a bench or an example.
    pub(super) targets: Vec<(PathBuf, bool)>,
    /// What cargo resolved for it, by id, without what only its tests need.
    resolved: Vec<String>,
}

/// The workspace, read.
pub(super) struct Workspace {
    packages: BTreeMap<String, Package>,
}

impl Workspace {
    pub(super) fn of(metadata: &Value) -> Self {
        let root = Path::new(metadata["workspace_root"].as_str().unwrap());
        let mut packages: BTreeMap<String, Package> = BTreeMap::new();
        for package in metadata["packages"].as_array().unwrap() {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            packages.insert(
                package["id"].as_str().unwrap().to_owned(),
                Package {
                    name: package["name"].as_str().unwrap().to_owned(),
                    folder: below(root, manifest.parent().unwrap()),
                    declared: package["dependencies"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|declared| read(root, declared))
                        .collect(),
                    targets: package["targets"].as_array().unwrap().iter().map(target).collect(),
                    resolved: Vec::new(),
                },
            );
        }
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let package = packages.get_mut(node["id"].as_str().unwrap()).unwrap();
            package.resolved = node["deps"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|used| used["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev"))
                .map(|used| used["pkg"].as_str().unwrap().to_owned())
                .collect();
        }
        Self { packages }
    }

    /// What is ours, with where it is.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &Package)> {
        self.packages.values().filter_map(|package| Some((package.folder.as_deref()?, package)))
    }

    /// Whether cargo resolved a dependency of a package, which an optional one needn't be.
    pub(super) fn resolves(&self, package: &Package, name: &str) -> bool {
        package.resolved.iter().any(|id| self.packages[id].name == name)
    }

    /// Everything that is compiled into a package of ours, or runs while it is built, without what comes only by way of
    /// packages that the caller turns away.
    pub(super) fn reached(&self, folder: &str, turned_away: impl Fn(&Package) -> bool) -> Vec<&Package> {
        let start =
            self.packages.iter().find(|(_, package)| package.folder.as_deref() == Some(folder)).unwrap();
        let (mut found, mut open) = (BTreeSet::new(), vec![start.0.as_str()]);
        while let Some(id) = open.pop() {
            for next in &self.packages[id].resolved {
                if !turned_away(&self.packages[next]) && found.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        found.into_iter().map(|id| &self.packages[id]).collect()
    }
}

fn below(root: &Path, folder: &Path) -> Option<String> {
    Some(folder.strip_prefix(root).ok()?.to_str().unwrap().to_owned())
}

fn read(root: &Path, declared: &Value) -> Declared {
    let package = declared["name"].as_str().unwrap();
    Declared {
        package: package.to_owned(),
        name: declared["rename"].as_str().unwrap_or(package).replace('-', "_"),
        kind: Kind::of(&declared["kind"]),
        features: declared["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
        folder: declared["path"].as_str().and_then(|folder| below(root, Path::new(folder))),
    }
}

fn target(target: &Value) -> (PathBuf, bool) {
    let kinds = target["kind"].as_array().unwrap();
    let tests = kinds.iter().any(|kind| ["test", "bench", "example"].contains(&kind.as_str().unwrap()));
    (PathBuf::from(target["src_path"].as_str().unwrap()), tests)
}
