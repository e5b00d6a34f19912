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
    let named: BTreeMap<&Module, BTreeSet<&Module>> =
        files.iter().map(|(module, text)| (module, names(files, module, text))).collect();
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

/// The other files that a module's text names, in `use` or on the way.
fn names<'a>(files: &'a BTreeMap<Module, String>, module: &Module, text: &str) -> BTreeSet<&'a Module> {
    let text: String = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut paths = Vec::new();
    for word in ["crate", "self", "super"] {
        for (at, _) in text.match_indices(&format!("{word}::")) {
            let is_word = !text[..at]
                .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':');
            if is_word {
                paths.extend(tree(&text[at..]));
            }
        }
    }
    // A child may be named without `self`.
    for (at, _) in text.match_indices("use ") {
        paths.extend(tree(&text[at + 4..]).into_iter().map(|path| [vec!["self".to_owned()], path].concat()));
    }
    let found = paths.into_iter().filter_map(|path| resolved(files, module, &path));
    found.filter(|other| *other != module).collect()
}

/// The paths of a tree such as `a::{b, c::D}`.
fn tree(text: &str) -> Vec<Vec<String>> {
    read_tree(text).0
}

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

/// The file in which a path of this module ends: its longest beginning that is one.
fn resolved<'a>(files: &'a BTreeMap<Module, String>, module: &Module, path: &[String]) -> Option<&'a Module> {
    let mut from: Module = match path.first()?.as_str() {
        "crate" => Vec::new(),
        _ => module.clone(),
    };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => {
                from.pop();
            }
            name => from.push(name.to_owned()),
        }
    }
    while !from.is_empty() {
        if let Some((file, _)) = files.get_key_value(&from) {
            return Some(file);
        }
        from.pop();
    }
    None
}
