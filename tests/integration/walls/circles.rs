//! Which files of a crate name each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::harness::root;

/// A module by its path in the crate, such as `["run", "journal"]`.
type Module = Vec<String>;

/// The crate's root, `lib.rs` or `main.rs`.
const ROOT: Module = Vec::new();

/// Sets of more than two files of a crate that all lead to each other.
pub(super) fn of_crate(folder: &str) -> Vec<String> {
    let source = root().join(folder).join("src");
    let mut files = BTreeMap::new();
    collect(&source, &source, &mut files);
    assert!(!files.is_empty(), "{folder} has no sources");
    circles(&files)
}

fn collect(source: &Path, folder: &Path, files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(source, &path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let inner = path.strip_prefix(source).unwrap().with_extension("");
            let mut module: Module = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
            }
            if module == ["lib"] || module == ["main"] {
                module = ROOT;
            }
            let is_test = module.iter().any(|part| part == "tests");
            if !is_test {
                let text = fs::read_to_string(&path).unwrap();
                files.entry(module).or_default().push_str(&text);
            }
        }
    }
}

/// Sets of more than two modules that all lead to each other.
pub(super) fn circles(files: &BTreeMap<Module, String>) -> Vec<String> {
    let read: BTreeMap<&Module, Names> =
        files.iter().map(|(module, text)| (module, Names::of(module, text))).collect();
    // What a module only passes on is its maker's. One name may be passed on from two, each for another platform.
    let mut passed_on: BTreeMap<Module, Vec<Module>> = BTreeMap::new();
    for (module, names) in &read {
        for (name, path) in &names.passed_on {
            let passed = [module.as_slice(), std::slice::from_ref(name)].concat();
            if passed != *path {
                passed_on.entry(passed).or_default().push(path.clone());
            }
        }
    }
    let named: BTreeMap<&Module, BTreeSet<&Module>> = read
        .iter()
        .map(|(module, names)| {
            let others = names.used.iter().flat_map(|path| resolved(files, &passed_on, path, 0));
            (*module, others.filter(|other| other != module).collect())
        })
        .collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        files.keys().map(|module| (module, reach(&named, module))).collect();
    let circles: BTreeSet<Vec<String>> = files
        .keys()
        .map(|module| {
            let around = reached[module].iter().filter(|other| reached[*other].contains(module));
            around.map(|other| other.join("::")).collect::<Vec<_>>()
        })
        .filter(|circle| circle.len() > 2)
        .collect();
    circles.into_iter().map(|circle| circle.join(", ")).collect()
}

fn reach<'a>(named: &BTreeMap<&'a Module, BTreeSet<&'a Module>>, from: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = named[from].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&named[module]);
        }
    }
    reached
}

/// The paths that a module's text names, from the crate's root.
struct Names {
    used: Vec<Module>,
    /// By `pub use`: the name that it has here, and what it is.
    passed_on: Vec<(String, Module)>,
}

impl Names {
    fn of(module: &Module, text: &str) -> Self {
        let text: String = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let mut names = Self { used: Vec::new(), passed_on: Vec::new() };
        let mut rest = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some((before, tree)) = line.split_once("use ").filter(|(before, _)| is_visibility(before))
            else {
                rest.push_str(line);
                rest.push('\n');
                continue;
            };
            let mut statement = tree.to_owned();
            while !statement.contains(';') {
                statement.push_str(lines.next().unwrap_or(";"));
            }
            for Leaf { path, name } in read_tree(&statement).0 {
                let path = from_root(module, &path);
                match name {
                    Some(name) if !before.trim().is_empty() => names.passed_on.push((name, path)),
                    _ => names.used.push(path),
                }
            }
        }
        let declared = declared(&rest);
        let modules = ["crate", "self", "super"].into_iter().chain(declared);
        for word in modules {
            for (at, _) in rest.match_indices(&format!("{word}::")) {
                let is_inside = |before: char| before.is_alphanumeric() || before == '_' || before == ':';
                // Where something may be seen says nothing of what it needs.
                let is_visibility = rest[..at].ends_with("pub(in ");
                if !is_visibility && !rest[..at].ends_with(is_inside) {
                    let leaves = read_tree(&rest[at..]).0;
                    names.used.extend(leaves.iter().map(|leaf| from_root(module, &leaf.path)));
                }
            }
        }
        names
    }
}

/// The modules that a text declares, by the names that it may use for them.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (_, name) = line.split_once("mod ").filter(|(before, _)| is_visibility(before))?;
        name.strip_suffix(';')
    })
}

fn is_visibility(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text == "pub" || (text.starts_with("pub(") && text.ends_with(')'))
}

/// A path that stands in a module, from the crate's root. What begins with another crate ends nowhere.
fn from_root(module: &Module, path: &[String]) -> Module {
    let mut from =
        if path.first().is_some_and(|first| first == "crate") { Vec::new() } else { module.clone() };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => {
                from.pop();
            }
            name => from.push(name.to_owned()),
        }
    }
    from
}

/// A path of a tree, and what it is called where the tree stands; nothing where that is all that the path has.
struct Leaf {
    path: Vec<String>,
    name: Option<String>,
}

/// The paths of a tree such as `a::{b, c::D as E}`, and what follows it.
fn read_tree(text: &str) -> (Vec<Leaf>, &str) {
    let mut path = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        path.push(rest[..end].to_owned());
        rest = &rest[end..];
        let Some(inner) = rest.strip_prefix("::") else { break };
        rest = inner;
        if let Some(mut list) = rest.strip_prefix('{') {
            let mut paths = Vec::new();
            loop {
                let (inner, left) = read_tree(list);
                paths.extend(
                    inner
                        .into_iter()
                        .map(|leaf| Leaf { path: [path.clone(), leaf.path].concat(), name: leaf.name }),
                );
                let left = left.trim_start();
                let Some(end) = left.find([',', '}']) else { return (paths, left) };
                let (_, left) = left.split_at(end);
                match left.strip_prefix(',') {
                    Some(more) => list = more,
                    None => return (paths, &left[1..]),
                }
            }
        }
    }
    let alias = rest.trim_start().strip_prefix("as ").map(|alias| {
        let end =
            alias.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(alias.len());
        alias[..end].to_owned()
    });
    let name = if rest.starts_with('*') { None } else { alias.or_else(|| path.last().cloned()) };
    (vec![Leaf { path, name }], rest)
}

/// The files in which a path ends: its longest beginning that is one, or that is passed on from one.
fn resolved<'a>(
    files: &'a BTreeMap<Module, String>,
    passed_on: &BTreeMap<Module, Vec<Module>>,
    path: &[String],
    depth: usize,
) -> Vec<&'a Module> {
    for length in (0..=path.len()).rev() {
        let (beginning, rest) = path.split_at(length);
        if let Some(origins) = passed_on.get(beginning).filter(|_| depth < 5) {
            let paths = origins.iter().map(|origin| [origin.as_slice(), rest].concat());
            return paths.flat_map(|path| resolved(files, passed_on, &path, depth + 1)).collect();
        }
        if let Some((file, _)) = files.get_key_value(beginning) {
            return vec![file];
        }
    }
    Vec::new()
}
