//! Comments on pages and blocks.

mod comment;
mod create;
mod delete;
mod list;
mod target;
mod update;

use toolbay_sdk::prelude::*;

plugin!(list::list_comments, create::create_comment, update::update_comment, delete::delete_comment);

#[cfg(test)]
mod tests;
