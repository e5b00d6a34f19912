//! The migrations, which live outside of this crate, embedded in it: `sqlite.rs` and `postgres.rs` in `OUT_DIR`, each an expression of
//! the numbers, names and texts of one folder.
//!
//! The macro of sqlx does the same, and has both databases compiled a second time for it.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    println!("cargo::rerun-if-changed={}", migrations.display());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for database in ["sqlite", "postgres"] {
        let entries = fs::read_dir(migrations.join(database)).expect("the folder of migrations can be read");
        let mut files: Vec<PathBuf> =
            entries.map(|entry| entry.expect("a migration can be read").path()).collect();
        files.sort();
        let embedded: Vec<String> = files.iter().map(|file| embedded(file)).collect();
        let list = format!("[{}]", embedded.join(", "));
        fs::write(out.join(database).with_extension("rs"), list).expect("cargo's folder can be written");
    }
}

/// `0007_keys.sql` as `(7, "keys", include_str!(...))`.
fn embedded(file: &Path) -> String {
    println!("cargo::rerun-if-changed={}", file.display());
    let name = file.file_stem().and_then(|name| name.to_str()).expect("a migration has a name");
    let (number, words) = name.split_once('_').expect("a migration is NUMBER_WORDS.sql");
    let number: i64 = number.parse().expect("a migration begins with its number");
    let file = file.canonicalize().expect("a migration is there");
    format!("({number}, {:?}, include_str!({file:?}))", words.replace('_', " "))
}
