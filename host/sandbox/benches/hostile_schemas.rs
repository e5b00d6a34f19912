//! What hostile schemas cost: looking at each when it is installed, and the costliest values that its tool is sent.
//!
//! `cargo bench --bench hostile_schemas` prints two tables. With `-- --write FOLDER` it also leaves each plugin whose
//! schema is taken in the folder, and its costliest arguments beside it, so that a whole host can be loaded with them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a measurement shares the tests' harness, and fails fast like a test"
)]

#[path = "../tests/sandbox/capabilities.rs"]
mod capabilities;
#[path = "../tests/sandbox/guests.rs"]
mod guests;
#[path = "../tests/sandbox/hostile_schemas.rs"]
mod hostile_schemas;
#[path = "../tests/sandbox/inspection.rs"]
mod inspection;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toolbay_kernel::schema::{AT_ONCE, MAX_STEPS, Validator};

use crate::hostile_schemas::{Fate, hostile, plugin, tool_of};
use crate::inspection::inspect;

/// Bytes of the largest value: what is left of a request's mebibyte.
const MAX: usize = 900_000;

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--write").skip(1);
    let folder = arguments.next().map(PathBuf::from);
    let scratch = tempfile::tempdir().unwrap();
    let plain = inspect(scratch.path(), "plain", &json!({"type": "object"}));
    println!(
        "| installing: schema           | taken   | ms beside {:>3.0} | MiB beside {:>3} |",
        ms(plain.time),
        plain.peak_kib / 1024
    );
    println!("|------------------------------|---------|--------------:|---------------:|");
    for (name, schema, fate) in hostile() {
        let figures = inspect(scratch.path(), name, &schema);
        let mib = figures.peak_kib.saturating_sub(plain.peak_kib) as f64 / 1024.0;
        let fate = if matches!(fate, Fate::Taken) { "taken" } else { "refused" };
        println!("| {name:<28} | {fate:<7} | {:>13.0} | {mib:>+14.1} |", ms(figures.time));
    }
    println!("\n| checking: schema             | at once: ms | bytes   | aside: ms | bytes   |");
    println!("|------------------------------|------------:|--------:|----------:|--------:|");
    for (name, schema, fate) in hostile() {
        let Fate::Taken = fate else { continue };
        let validator = Validator::new(&schema).unwrap();
        let small = costliest(&validator, AT_ONCE);
        let large = costliest(&validator, MAX_STEPS);
        println!(
            "| {name:<28} | {:>11.1} | {:>7} | {:>9.0} | {:>7} |",
            ms(small.time),
            small.value.to_string().len(),
            ms(large.time),
            large.value.to_string().len()
        );
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.wasm")), plugin(name, &schema)).unwrap();
            std::fs::write(folder.join(format!("{}.json", tool_of(name))), large.value.to_string()).unwrap();
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

struct Costly {
    value: Value,
    time: Duration,
}

/// Of a few kinds of values, each as large as this many steps and a request's size allow: the one that takes longest.
fn costliest(validator: &Validator, max: u64) -> Costly {
    let tower = |open: &str, close: &str, size: usize| {
        let size = size.min(60);
        serde_json::from_str(&format!("{}1{}", open.repeat(size), close.repeat(size))).unwrap()
    };
    let kinds: [&dyn Fn(usize) -> Value; 7] = [
        &|size| json!(format!("{}!", "a".repeat(size))),
        &|size| json!(vec![0.1; size]),
        &|size| (0..size).map(|number| json!([number])).collect(),
        &|size| (0..size).map(|number| json!({"0": number, "99": number})).collect(),
        &|size| Value::Object((0..size).map(|number| (number.to_string(), json!("a"))).collect()),
        &|size| tower("[", "]", size),
        &|size| tower("{\"a\":", "}", size),
    ];
    let of = |kind: &dyn Fn(usize) -> Value, size| json!({"x": kind(size)});
    let fits = |value: &Value| validator.estimate(value).steps <= max && value.to_string().len() <= MAX;
    let timed = |kind: &dyn Fn(usize) -> Value| {
        let (mut least, mut beyond) = (1, 1 << 20);
        while beyond - least > 1 {
            let middle = usize::midpoint(least, beyond);
            if fits(&of(kind, middle)) { least = middle } else { beyond = middle }
        }
        let value = of(kind, least);
        let begun = Instant::now();
        if !validator.accepts(&value) {
            let _ = validator.explain(&value);
        }
        Costly { time: begun.elapsed(), value }
    };
    kinds.into_iter().map(timed).max_by_key(|costly| costly.time).unwrap()
}
