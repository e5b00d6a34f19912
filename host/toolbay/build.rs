//! Two lists for the program: the SDK's files, which `toolbay plugin new` puts where cargo finds them, and the packed plugins
//! that are bundled with it.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What makes up the SDK, by folder or file below the repository's root.
const PARTS: [&str; 7] = [
    "sdk/Cargo.toml",
    "sdk/src",
    "sdk/macros/Cargo.toml",
    "sdk/macros/src",
    "sdk/notion/Cargo.toml",
    "sdk/notion/src",
    "sdk/wit",
];

/// Names the folder of the packed plugins that are bundled, as `script/plugins` makes it. Without it there are none: a folder
/// that merely happens to be there may hold anything, such as the hostile guests of tests.
const BUNDLE: &str = "TOOLBAY_BUNDLE";

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    fs::write(out.join("sdk_files.rs"), sdk_files(&root)?)?;
    println!("cargo::rustc-env=SDK_VERSION={}", sdk_version(&root)?);
    fs::write(out.join("bundled.rs"), bundled(&root)?)
}

/// `&[(name, text)]` of the SDK's files.
fn sdk_files(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(root).map_err(io::Error::other)?;
        writeln!(
            list,
            "    ({:?}, include_str!({:?})),",
            name.display().to_string(),
            file.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push(']');
    Ok(list)
}

/// The first `version` of the SDK's manifest, which is the package's.
fn sdk_version(root: &Path) -> io::Result<String> {
    let manifest = fs::read_to_string(root.join("sdk/Cargo.toml"))?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    let version = version.and_then(|rest| rest.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| io::Error::other("sdk/Cargo.toml has no version"))
}

/// What is bundled, as the program's text: `Packed { plugins, compiled }` with `(file, component)` of each of `plugins`, from the
/// folder that the environment names, and `(digest, record, code)` of what lies compiled in `compiled` below it.
fn bundled(root: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-env-changed={BUNDLE}");
    let Some(folder) = env::var_os(BUNDLE).filter(|folder| !folder.is_empty()) else {
        if variable("PROFILE")? == "release" {
            println!(
                "cargo::warning=no plugins are bundled: {BUNDLE} names no folder; script/release makes one"
            );
        }
        return Ok("Packed { plugins: &[], compiled: &[] }".to_owned());
    };
    let folder = root.join(folder).canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(root.join("plugins"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    let mut list = String::from("Packed {\n    plugins: &[\n");
    for name in names {
        let file = folder.join(format!("{name}.wasm"));
        if !file.is_file() {
            return Err(io::Error::other(format!(
                "{} isn't there: run script/plugins first",
                file.display()
            )));
        }
        println!("cargo::rerun-if-changed={}", file.display());
        writeln!(
            list,
            "        ({:?}, include_bytes!({:?}).as_slice()),",
            format!("{name}.wasm"),
            file.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push_str("    ],\n    compiled: &[\n");
    for (digest, record) in compiled(&folder.join("compiled"))? {
        let code = record.with_extension("cwasm");
        writeln!(
            list,
            "        ({digest:?}, include_bytes!({:?}).as_slice(), include_bytes!({:?}).as_slice()),",
            record.display().to_string(),
            code.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push_str("    ],\n}");
    Ok(list)
}

/// The digests and records of what was compiled into a folder; none where it isn't there.
fn compiled(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut records = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if let (Some("json"), Some(digest)) =
                (path.extension().and_then(OsStr::to_str), path.file_stem().and_then(OsStr::to_str))
            {
                records.push((digest.to_owned(), path.clone()));
            }
        }
    }
    records.sort();
    Ok(records)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}
