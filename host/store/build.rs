//! The migrations are embedded, and live outside of this crate: a new one must rebuild it.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
