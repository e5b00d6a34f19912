//! Fields that no column can be read as.

use toolbay_sdk::notion::{DataSource, Row};
use toolbay_sdk::prelude::*;

#[derive(Row)]
struct Expense {
    amount: u32,
    tags: Vec<f64>,
}

struct NoRow;

fn read(call: &Call, source: &mut DataSource) {
    let _ = source.rows(call).typed::<NoRow>();
}

fn main() {}
