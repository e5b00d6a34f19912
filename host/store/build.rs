//! The migrations, which live outside of this crate, embedded in it: `sqlite.rs` and `postgres.rs` in `OUT_DIR`, each an expression of
//! the numbers, names and texts of one folder.
//!
//! The macro of sqlx does the same, and has both databases compiled a second time for it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    println!("cargo::rerun-if-changed={}", migrations.display());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    for database in ["sqlite", "postgres"] {
        let entries = fs::read_dir(migrations.join(database))?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
        files.sort();
        let embedded = files.iter().map(|file| embedded(file)).collect::<Result<Vec<_>, _>>()?;
        fs::write(out.join(database).with_extension("rs"), format!("[{}]", embedded.join(", ")))?;
    }
    Ok(())
}

/// `0007_keys.sql` as `(7, "keys", include_str!(...))`.
fn embedded(file: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", file.display());
    let name = file.file_stem().and_then(|name| name.to_str()).and_then(|name| name.split_once('_'));
    let (number, words) = name.ok_or_else(|| format!("{} is not NUMBER_WORDS.sql", file.display()))?;
    let number: i64 = number.parse()?;
    Ok(format!("({number}, {:?}, include_str!({:?}))", words.replace('_', " "), file.canonicalize()?))
}
