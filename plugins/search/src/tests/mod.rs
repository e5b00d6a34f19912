mod fetch;
mod search;

use toolbay_sdk::mock::{assert_small_definitions, refused};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

fn not_found() -> Problem {
    refused(404, "Could not find it.")
}

#[test]
fn the_definitions_are_small_and_fit_what_clients_take() {
    assert_small_definitions(&PLUGIN, 1_000);
}
