//! What the workspace holds at the start, and what tests add. Made through the same handlers as
//! everything else, so that a seed can't hold what Notion would refuse.

mod demo;
pub(crate) mod extra;
mod gallery;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::call::Call;
use crate::handlers::pages_create;
use crate::model::Workspace;
use crate::model::integration::{Capabilities, Integration, Token};
use crate::model::parent::Parent;
use crate::model::user::{Kind, User};
use crate::options::{Options, Seed};
use crate::rich_text;

/// The ids of the seed. With [`Seed::Empty`] only the users and the root page have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SeedIds {
    pub root_page: String,
    pub ada: String,
    pub bot: String,
    pub tasks_database: String,
    pub tasks_data_source: String,
    pub tasks_view: String,
    pub projects_database: String,
    pub projects_data_source: String,
    pub projects_view: String,
    /// The rows of "Tasks", in the order of their numbers.
    pub tasks: Vec<String>,
    /// The rows of "Projects".
    pub projects: Vec<String>,
    /// The blocks of the root page, without child pages and databases.
    pub blocks: Vec<String>,
    pub comment: String,
    pub template: String,
    /// The parts of the gallery, by name; empty with every other seed.
    pub gallery: BTreeMap<String, String>,
}

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

/// Adds a token with a bot of its own, or changes a token that is there.
pub(crate) fn add_token(workspace: &mut Workspace, token: Token) -> String {
    if let Some(known) = workspace.integrations.iter_mut().find(|known| known.token.token == token.token) {
        let known = Arc::make_mut(known);
        known.token = token;
        return known.bot_id.clone();
    }
    let integration = Integration { id: workspace.minter.uuid(), bot_id: workspace.minter.uuid(), token };
    let bot =
        User { id: integration.bot_id.clone(), name: Some(integration.token.name.clone()), kind: Kind::Bot };
    let bot_id = integration.bot_id.clone();
    workspace.users.push(Arc::new(bot));
    workspace.integrations.push(Arc::new(integration));
    bot_id
}

/// A call by an integration that may do and see everything.
fn owner(integration: &Integration, now: OffsetDateTime, base: &str) -> Call {
    let mut integration = integration.clone();
    integration.token.capabilities = Capabilities::default();
    integration.token.shared = None;
    Call {
        integration: Arc::new(integration),
        version: "2026-03-11",
        parameters: BTreeMap::new(),
        query: Map::new(),
        filter_properties: None,
        body: Value::Null,
        now,
        base: base.to_owned(),
        file: None,
    }
}

/// The same call with a body and path parameters.
fn with(owner: &Call, body: Value, parameters: &[(&'static str, &str)]) -> Call {
    Call {
        integration: Arc::clone(&owner.integration),
        version: owner.version,
        parameters: parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        query: Map::new(),
        filter_properties: None,
        body,
        now: owner.now,
        base: owner.base.clone(),
        file: None,
    }
}

/// A page at the top of the workspace, which the API itself can't make.
fn root_page(workspace: &mut Workspace, owner: &Call, title: &str) -> String {
    let id = workspace.mint();
    pages_create::insert(workspace, owner, &id, Parent::Workspace);
    if let Some(page) = workspace.page_mut(&id) {
        page.values.insert("title".to_owned(), rich_text::of(title));
    }
    id
}

/// A call for tests of what takes one.
#[cfg(test)]
pub(crate) fn test_call() -> Call {
    let integration =
        Integration { id: "integration".to_owned(), bot_id: "bot".to_owned(), token: Token::new("token") };
    owner(&integration, OffsetDateTime::UNIX_EPOCH, "http://localhost")
}

fn rich(text: &str) -> Value {
    json!([{"text": {"content": text}}])
}
