//! The list of the console's files, so that a new one is served without being named anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("console");
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    let mut named = Vec::new();
    for file in &files {
        named.push((text(file.strip_prefix(&folder).map_err(io::Error::other)?)?, text(file)?));
    }
    // As texts, which are searched for: paths have another order.
    named.sort_unstable();
    let mut list = String::from("&[\n");
    for (name, file) in named {
        writeln!(list, "    ({name:?}, include_bytes!({file:?}).as_slice()),").map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("console_files.rs"), list)
}

/// The files of a folder and of those below it, but for what editors and tools leave there.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", text(folder)?);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other("a file of the console has a name that is not text"))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
