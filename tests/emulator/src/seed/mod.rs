//! What the workspace holds at the start, and what tests add. Made through the same handlers as
//! everything else, so that a seed can't hold what Notion would refuse.

mod demo;
pub(crate) mod extra;
mod gallery;
mod ids;
mod make;
mod rows;

use std::sync::Arc;

use time::OffsetDateTime;

use crate::model::Workspace;
use crate::model::user::{Kind, User};
use crate::options::{Options, Seed};
use make::{owner, root_page};

pub use ids::SeedIds;
pub(crate) use make::add_token;
#[cfg(test)]
pub(crate) use make::test_call;

/// Builds a workspace.
pub(crate) fn build(options: &Options, seed: Seed, now: OffsetDateTime) -> (Workspace, SeedIds) {
    let mut workspace = Workspace::new(options.id_seed);
    let mut ids = SeedIds { ada: workspace.minter.uuid(), ..SeedIds::default() };
    let ada = User {
        id: ids.ada.clone(),
        name: Some("Ada Lovelace".to_owned()),
        kind: Kind::Person { email: Some("ada@example.com".to_owned()) },
    };
    workspace.users.push(Arc::new(ada));
    for token in &options.tokens {
        add_token(&mut workspace, token.clone());
    }
    let Some(first) = workspace.integrations.first().cloned() else { return (workspace, ids) };
    ids.bot = first.bot_id.clone();
    let owner = owner(&first, now, "");
    ids.root_page = root_page(&mut workspace, &owner, "Toolbay demo");
    if seed == Seed::Default {
        // The demo is made by code that is tested as a whole; a part that fails is missing from it.
        demo::plant(&mut workspace, &owner, &mut ids).ok();
    }
    if seed == Seed::Gallery {
        ids.gallery = gallery::plant(&mut workspace, &owner, &ids.root_page).unwrap_or_default();
    }
    workspace.touched = crate::model::Touched::default();
    (workspace, ids)
}
