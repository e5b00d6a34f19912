//! Rows of databases by what names them: created or updated, linked, and a thousand at a time.
//!
//! The three tools plan together. Operations are read and checked against the schemas (`draft`, `plan`), names and rows
//! are looked up in few queries (`names`, `rows`, `pages`), and only then the writes go out (`perform`). A single
//! upsert or link is a batch of one.

mod arguments;
mod batch;
mod changed;
mod check;
mod claim;
mod clock;
mod draft;
mod footprint;
mod given;
mod key;
mod kind;
mod link;
mod matching;
mod names;
mod operation;
mod order;
mod outdate;
mod pages;
mod perform;
mod plan;
mod reference;
mod report;
mod rows;
mod sources;
mod tally;
mod tool;
mod tools;
mod upsert;

toolbay_sdk::plugin!(tools::upsert, tools::link, tools::bulk);

#[cfg(test)]
mod tests;
