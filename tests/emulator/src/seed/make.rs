//! What seeds are made with.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::call::Call;
use crate::handlers::pages_create;
use crate::model::Workspace;
use crate::model::integration::{Capabilities, Integration, Token};
use crate::model::parent::Parent;
use crate::model::user::{Kind, User};
use crate::rich_text;

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
pub(super) fn owner(integration: &Integration, now: OffsetDateTime, base: &str) -> Call {
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
pub(super) fn with(owner: &Call, body: Value, parameters: &[(&'static str, &str)]) -> Call {
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
pub(super) fn root_page(workspace: &mut Workspace, owner: &Call, title: &str) -> String {
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

pub(super) fn rich(text: &str) -> Value {
    json!([{"text": {"content": text}}])
}
