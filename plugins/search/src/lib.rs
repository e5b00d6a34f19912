//! Finds pages and databases, and reads one as text: the two tools that a research mode builds upon.

mod fetch;
mod search;

use toolbay_sdk::plugin;

plugin!(search::search, fetch::fetch);

#[cfg(test)]
mod tests;
