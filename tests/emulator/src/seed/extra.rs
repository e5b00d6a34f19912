//! What a test adds through `POST /_emulator/seed`.
//!
//! ```json
//! {
//!   "tokens": [{"token": "secret_reader", "capabilities": {"update_content": false}, "shared": ["<page id>"]}],
//!   "users": [{"name": "Grace Hopper", "email": "grace@example.com"}],
//!   "custom_emojis": [{"name": "bufo", "url": "https://example.com/bufo.png"}],
//!   "root_pages": [{"title": "Elsewhere"}],
//!   "databases": ["the body of POST /v1/databases"],
//!   "pages": ["the body of POST /v1/pages"],
//!   "templates": ["the body of POST /v1/pages"],
//!   "comments": ["the body of POST /v1/comments"],
//!   "rows": [{"data_source_id": "…", "count": 10000, "title": "Row {n}", "properties": {"Estimate": {"number": "{n}"}}}],
//!   "gallery": [{"title": "Gallery"}]
//! }
//! ```
//!
//! A token that exists is changed. The answer has the ids, under the same keys; the gallery's are by name.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::call::Call;
use crate::handlers::{comments, databases, pages_create};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::integration::Token;
use crate::model::user::{Kind, User};
use crate::seed::make::{add_token, owner, root_page, with};
use crate::seed::{gallery, rows};

const SECTIONS: &[&str] = &[
    "tokens",
    "users",
    "custom_emojis",
    "root_pages",
    "databases",
    "pages",
    "templates",
    "comments",
    "rows",
    "gallery",
];

pub(crate) fn plant(
    workspace: &mut Workspace,
    body: &Value,
    now: OffsetDateTime,
    base: &str,
) -> Result<Value, String> {
    for key in body.as_object().into_iter().flat_map(Map::keys) {
        if !SECTIONS.contains(&key.as_str()) {
            return Err(format!("Unknown section {key}; there are {}.", SECTIONS.join(", ")));
        }
    }
    let first = workspace.integrations.first().cloned().ok_or("There is no token to plant with.")?;
    let owner = owner(&first, now, base);
    let mut planted = json!({});
    for section in SECTIONS {
        let mut ids: Vec<Value> = Vec::new();
        for item in body.items(section) {
            ids.extend(one(workspace, &owner, section, item)?);
        }
        if !ids.is_empty() {
            put(&mut planted, section, Value::from(ids));
        }
    }
    Ok(planted)
}

fn one(workspace: &mut Workspace, owner: &Call, section: &str, item: &Value) -> Result<Vec<Value>, String> {
    let named = |key: &str| item.text(key).unwrap_or_default().to_owned();
    let id = match section {
        "tokens" => {
            let token: Token =
                serde_json::from_value(item.clone()).map_err(|error| format!("Not a token: {error}."))?;
            add_token(workspace, token)
        }
        "users" => {
            let id = workspace.minter.uuid();
            let kind = Kind::Person { email: item.text("email").map(str::to_owned) };
            let user = User { id: id.clone(), name: item.text("name").map(str::to_owned), kind };
            workspace.users.push(Arc::new(user));
            id
        }
        "custom_emojis" => {
            let id = workspace.minter.uuid();
            workspace.custom_emojis.push(json!({"id": id, "name": named("name"), "url": named("url")}));
            id
        }
        "root_pages" => root_page(workspace, owner, &named("title")),
        "rows" => return rows::plant(workspace, owner, item),
        "gallery" => {
            let root = root_page(workspace, owner, item.text("title").unwrap_or("Gallery"));
            return gallery::plant(workspace, owner, &root).map(|ids| vec![json!(ids)]);
        }
        _ => {
            let call = with(owner, item.clone(), &[]);
            let answer = match section {
                "databases" => databases::create(&call, workspace),
                "comments" => comments::create(&call, workspace),
                _ => pages_create::create(&call, workspace),
            };
            let id =
                answer.map_err(|refusal| refusal.message)?.body.text("id").unwrap_or_default().to_owned();
            if section == "templates"
                && let Some(page) = workspace.page_mut(&id)
            {
                page.is_template = true;
            }
            id
        }
    };
    Ok(vec![json!(id)])
}
