//! `/v1/chat/conversations`: the conversations of whoever asks.

use std::sync::Arc;

use axum::response::Response;
use serde_json::json;
use toolbay_kernel::{ConversationId, Principal};

use super::configured::chat_of;
use crate::Gateway;
use crate::envelope::{Refusal, of_host};

/// Conversations of one page, and most of them that a caller can ask for.
const PAGE: usize = 50;
const MAX_PAGE: usize = 100;

/// A page of them, the one that was used last first.
pub(crate) async fn list(
    gateway: &Gateway,
    principal: &Arc<Principal>,
    query: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    let chat = chat_of(gateway)?;
    let (mut limit, mut cursor) = (PAGE, None);
    for (name, value) in query {
        match name.as_str() {
            "limit" => {
                let given = value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
                limit = given
                    .ok_or_else(|| Refusal::invalid(format!("`limit` is a number from 1 to {MAX_PAGE}.")))?;
            }
            "cursor" => cursor = Some(value),
            _ => {
                let name: String = name.chars().take(80).collect();
                return Err(
                    Refusal::invalid(format!("There is no `{name}` here.")).hint("Valid are: limit, cursor.")
                );
            }
        }
    }
    let (conversations, next) = chat.conversations(principal, cursor.as_deref(), limit).await?;
    let mut answer = json!({ "conversations": conversations });
    if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
        members.insert("next_cursor".into(), next.into());
    }
    Ok(of_host(&answer))
}

/// One of them, with all that was said and done.
pub(crate) async fn show(
    gateway: &Gateway,
    principal: &Arc<Principal>,
    id: &str,
) -> Result<Response, Refusal> {
    let chat = chat_of(gateway)?;
    Ok(of_host(&chat.conversation(principal, parsed(id)).await?))
}

/// Removes one.
pub(crate) async fn remove(
    gateway: &Gateway,
    principal: &Arc<Principal>,
    id: &str,
) -> Result<Response, Refusal> {
    let chat = chat_of(gateway)?;
    let id = parsed(id);
    chat.remove(principal, id).await?;
    Ok(of_host(&json!({"id": id, "removed": true})))
}

/// The id; one that can't be an id is nobody's.
fn parsed(id: &str) -> ConversationId {
    id.parse().unwrap_or_default()
}
