//! Which files of a crate name each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::harness::root;

/// A module by its path in the crate, such as `["run", "journal"]`.
type Module = Vec<String>;

/// Sets of more than two files of a crate that all lead to each other. The crate's root is left out: it names everything.
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
            let is_test = module.iter().any(|part| part == "tests");
            if !is_test && module != ["lib"] && module != ["main"] {
                files.insert(module, fs::read_to_string(&path).unwrap());
            }
        }
    }
}

/// Sets of more than two modules that all lead to each other.
pub(super) fn circles(files: &BTreeMap<Module, String>) -> Vec<String> {
    let read: BTreeMap<&Module, Names> =
        files.iter().map(|(module, text)| (module, Names::of(module, text))).collect();
    // What a module only passes on is its maker's.
    let passed_on: BTreeMap<Module, Module> = read
        .iter()
        .flat_map(|(module, names)| names.passed_on.iter().map(move |path| (*module, path)))
        .filter_map(|(module, path)| {
            Some(([module.clone(), vec![path.last()?.clone()]].concat(), path.clone()))
        })
        .collect();
    let named: BTreeMap<&Module, BTreeSet<&Module>> = read
        .iter()
        .map(|(module, names)| {
            let others = names.used.iter().filter_map(|path| resolved(files, &passed_on, path, 0));
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
    /// By `pub use`.
    passed_on: Vec<Module>,
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
            let paths = read_tree(&statement).0.into_iter().map(|path| from_root(module, &path));
            if before.trim().is_empty() { names.used.extend(paths) } else { names.passed_on.extend(paths) }
        }
        for word in ["crate", "self", "super"] {
            for (at, _) in rest.match_indices(&format!("{word}::")) {
                let is_inside = |before: char| before.is_alphanumeric() || before == '_' || before == ':';
                if !rest[..at].ends_with(is_inside) {
                    names.used.extend(read_tree(&rest[at..]).0.iter().map(|path| from_root(module, path)));
                }
            }
        }
        names
    }
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

/// The paths of a tree such as `a::{b, c::D}`, and what follows it.
fn read_tree(text: &str) -> (Vec<Vec<String>>, &str) {
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
                paths.extend(inner.into_iter().map(|inner| [path.clone(), inner].concat()));
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
    (vec![path], rest)
}

/// The file in which a path ends: its longest beginning that is one, or that is passed on from one.
fn resolved<'a>(
    files: &'a BTreeMap<Module, String>,
    passed_on: &BTreeMap<Module, Module>,
    path: &[String],
    depth: usize,
) -> Option<&'a Module> {
    for length in (1..=path.len()).rev() {
        let (beginning, rest) = path.split_at(length);
        if let Some(origin) = passed_on.get(beginning).filter(|_| depth < 5) {
            return resolved(files, passed_on, &[origin.as_slice(), rest].concat(), depth + 1);
        }
        if let Some((file, _)) = files.get_key_value(beginning) {
            return Some(file);
        }
    }
    None
}
