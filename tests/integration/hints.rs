//! A library doesn't know which tools are installed, so nothing that it says names one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::BUILT_IN;
use crate::harness::{TestHost, root};

/// The libraries that plugins are made of.
const LIBRARIES: [&str; 2] = ["sdk/src", "sdk/notion/src"];

/// Words that are names of tools, and in these files those of something else.
const OTHERWISE: [(&str, &str); 2] = [
    // A member of Notion's rich text.
    ("sdk/notion/src/rich_text.rs", "link"),
    // A member of the body that makes a view.
    ("sdk/notion/src/routes/table.rs", "create_database"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_sentence_of_a_library_names_a_built_in_tool() {
    let host = TestHost::start(&BUILT_IN).await;
    let listed = host.get("/v1/tools").await["result"]["tools"].as_array().unwrap().clone();
    let tools: BTreeSet<String> =
        listed.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        named("    // `trash`\n .hint(\"First `trash`, then update_page.\") // `search`", &tools),
        ["trash", "update_page"]
    );

    let mut files = Vec::new();
    for library in LIBRARIES {
        sources(&root().join(library), &mut files);
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        let source = fs::read_to_string(&file).unwrap();
        let said = source.split("#[cfg(test)]").next().unwrap_or_default();
        let names = named(said, &tools);
        let wrong = names.into_iter().filter(|name| !OTHERWISE.contains(&(path.as_str(), name)));
        found.extend(wrong.map(|name| format!("{path}: {name}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The tools that source text names outside of its comments: between backticks, and those of several words anywhere.
fn named<'a>(source: &str, tools: &'a BTreeSet<String>) -> Vec<&'a str> {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = lines.filter_map(|line| line.split(" // ").next()).collect();
    let code = code.join("\n");
    let words: BTreeSet<&str> =
        code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let is_named = |tool: &&String| {
        code.contains(&format!("`{tool}`")) || tool.contains('_') && words.contains(tool.as_str())
    };
    tools.iter().filter(is_named).map(String::as_str).collect()
}

/// The files of code below a folder, but for those of tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|name| name == "tests" || name == "round_trip");
        if path.is_dir() && !is_test {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
            files.push(path);
        }
    }
}
