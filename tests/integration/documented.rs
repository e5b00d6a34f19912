//! Documentation: what the host offers from file to file says what it is. Fields, variants and methods of traits are left to judgement.

use std::fs;
use std::path::Path;

use crate::harness::root;

const ITEMS: [&str; 8] = ["async fn ", "const ", "enum ", "fn ", "static ", "struct ", "trait ", "type "];

/// Which public items of a source have no sentence above them, by line.
fn undocumented(source: &str) -> Vec<usize> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    // What a macro makes is told where the macro is used.
    let public = |line: &str| {
        !line.contains('$')
            && line.strip_prefix("pub ").is_some_and(|item| ITEMS.iter().any(|kind| item.starts_with(kind)))
    };
    // Between an item and what comes before it there are attributes, of one line or more, and sentences.
    let begins = |line: &&&str| !line.is_empty() && !line.ends_with(['{', '}', ';']);
    let told = |at: usize| lines[..at].iter().rev().take_while(begins).any(|line| line.starts_with("///"));
    (0..lines.len()).filter(|at| public(lines[*at]) && !told(*at)).map(|at| at + 1).collect()
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let lines = undocumented(&fs::read_to_string(&path).unwrap());
            found.extend(lines.into_iter().map(|line| format!("{}:{line}", path.display())));
        }
    }
}

#[test]
fn public_types_and_functions_of_the_host_are_documented() {
    assert_eq!(
        undocumented(
            "/// Told.\n#[must_use]\npub fn told() {\n}\n\npub(crate) fn within() {}\npub fn silent() {}"
        ),
        [7]
    );
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("host")).unwrap() {
        look(&entry.unwrap().path().join("src"), &mut found);
    }
    assert_eq!(found, [""; 0]);
}
