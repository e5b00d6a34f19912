//! The tables of SQL databases: what there is, and what is read and written by statements.

mod chosen;
mod create_table;
mod describe_table;
mod list_tables;
mod parameters;
mod quoted;
mod read_query;
mod shown;
mod write_query;

use toolbay_sdk::plugin;

plugin!(
    list_tables::list_tables,
    describe_table::describe_table,
    read_query::read_query,
    write_query::write_query,
    create_table::create_table,
);

#[cfg(test)]
mod tests;
