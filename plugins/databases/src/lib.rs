//! Creates, reads, changes and queries databases.

mod choice;
mod create_database;
mod description;
mod get_database;
mod members;
mod query;
mod related;
mod update_database;

use toolbay_sdk::plugin;

plugin!(
    create_database::create_database,
    get_database::get_database,
    update_database::update_database,
    query::query,
);

#[cfg(test)]
mod tests;
