//! Structs and enums that can't stand for rows and options.

use toolbay_sdk::notion::{Options, Row};

#[derive(Row)]
enum NoStruct {
    A,
}

#[derive(Row)]
struct NoNames(String);

#[derive(Row)]
struct Generic<T> {
    value: T,
}

#[derive(Row)]
struct UnknownWord {
    #[row(column = "Amount")]
    amount: f64,
}

#[derive(Row)]
struct EmptyName {
    #[row(name = " ")]
    amount: f64,
}

#[derive(Row)]
struct NamedId {
    #[row(id, name = "Id")]
    id: String,
}

#[derive(Row)]
struct OneColumnTwice {
    amount: f64,
    #[row(name = "amount")]
    total: f64,
}

#[derive(Options)]
struct NoEnum {
    a: String,
}

#[derive(Options)]
enum NoVariants {}

#[derive(Options)]
enum Holding {
    Other(String),
}

#[derive(Options)]
enum OneOptionTwice {
    Done,
    #[row(name = "Done")]
    Finished,
}

#[derive(Options)]
enum NoRow {
    #[row(id)]
    Done,
}

fn main() {}
