//! One of everything that Notion can hold, for tests of what reads it: every type of block and of property, long
//! lists, empty and odd values, things in the trash. Every body passes the checks of its route, as if it had been
//! sent; only what the API itself can't make is put there directly.

mod blocks;
mod people;
mod places;
mod planter;
mod tables;

use std::collections::BTreeMap;

use crate::call::Call;
use crate::model::Workspace;
use planter::Planter;

/// Plants the gallery below a page; answers with the ids of its parts, by name.
pub(crate) fn plant(
    workspace: &mut Workspace,
    owner: &Call,
    root_page: &str,
) -> Result<BTreeMap<String, String>, String> {
    let ids = BTreeMap::new();
    let mut planter = Planter { workspace, owner, root_page: root_page.to_owned(), ids };
    people::plant(&mut planter);
    tables::plant(&mut planter)?;
    blocks::plant(&mut planter)?;
    places::plant(&mut planter)?;
    Ok(planter.ids)
}
