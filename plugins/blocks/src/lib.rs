//! Reads, appends, changes and trashes blocks.

mod append_blocks;
mod delete_block;
mod given_back;
mod list_blocks;
mod target;
mod update_block;

use toolbay_sdk::plugin;

plugin!(
    list_blocks::list_blocks,
    append_blocks::append_blocks,
    update_block::update_block,
    delete_block::delete_block,
);

#[cfg(test)]
mod tests;
