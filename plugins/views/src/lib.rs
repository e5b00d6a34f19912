//! Views of databases: their settings, and the rows that they show.

mod columns;
mod configuration;
mod create;
mod cursor;
mod delete;
mod grouping;
mod kind;
mod list;
mod members;
mod query;
mod rows;
mod settings;
mod update;
mod view;

use toolbay_sdk::prelude::*;

plugin!(list::list_views, create::create_view, update::update_view, delete::delete_view, query::query_view,);

#[cfg(test)]
mod tests;
