//! Creates, reads, changes, moves and trashes pages.

mod answered;
mod archive;
mod create_page;
mod edit_page;
mod get_page;
mod move_page;
mod refusal;
mod survived;
mod titled;
mod trash;
mod update_page;

use toolbay_sdk::plugin;

plugin!(
    create_page::create_page,
    get_page::get_page,
    update_page::update_page,
    move_page::move_page,
    edit_page::edit_page,
    trash::trash,
    archive::archive,
);

#[cfg(test)]
mod tests;
