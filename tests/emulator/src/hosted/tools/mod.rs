//! The tools of the hosted server, under Notion's names and in our words. Each does its work by operations of the API, so
//! that every check of those holds, and every write is among the writes of the emulator.

mod comments;
mod create_pages;
mod definition;
mod fetch;
mod move_pages;
mod place;
mod query;
mod refused;
mod search;
mod table;
mod update_page;
mod users;
mod values;
mod work;

pub(super) use definition::Tool;
pub(super) use refused::refused;
pub(super) use table::all;
pub(super) use work::{Progress, Work};
