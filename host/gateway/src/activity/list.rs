//! `GET /v1/activity`: what was done, newest first.

use axum::response::Response;
use serde_json::Value;
use toolbay_kernel::activity::ActivityQuery;
use toolbay_kernel::audit::KINDS;
use toolbay_kernel::{Principal, PrincipalId, Problem};

use super::told;
use crate::Gateway;
use crate::administers;
use crate::envelope::{Refusal, of_host};

/// A page of one's own events, or of those of everybody.
pub(crate) async fn list(
    gateway: &Gateway,
    principal: &Principal,
    query: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    let names = ["limit", "cursor", "of", "kind", "tool", "principal", "only"];
    let [limit, cursor, of, kind, tool, only_of, only] = told::read(query, names)?;
    let limit = told::limit(limit.as_deref())?;
    let is_of_everyone = match of.as_deref() {
        None | Some("me") => false,
        Some("everyone") => {
            administers::required(principal)?;
            true
        }
        Some(_) => return Err(Refusal::invalid("`of` is `me` or `everyone`.")),
    };
    let only_of = only_of.map(|id| id.parse::<PrincipalId>()).transpose();
    let only_of =
        only_of.map_err(|_| Refusal::invalid("`principal` is the id of one, as events name it."))?;
    if !is_of_everyone && only_of.is_some_and(|id| id != principal.id) {
        return Err(
            Refusal::invalid("`principal` narrows what everybody did.").hint("Send `of=everyone` with it.")
        );
    }
    if kind.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
        return Err(Refusal::invalid("There are no events of that kind.")
            .hint(format!("Kinds are: {}.", KINDS.join(", "))));
    }
    let only_failed = match only.as_deref() {
        None => false,
        Some("failed") => true,
        Some(_) => return Err(Refusal::invalid("`only` is `failed`, or isn't there.")),
    };
    let wanted = ActivityQuery {
        limit: limit + 1,
        before: cursor.map(|cursor| cursor.parse().map_err(|_| told::no_cursor())).transpose()?,
        principal: if is_of_everyone { only_of } else { Some(principal.id) },
        subject: tool,
        kind,
        only_failed,
    };
    let events = gateway.activity.events(&wanted).await.map_err(Problem::from)?;
    let event = |event: &_| Value::Object(told::event(event));
    Ok(of_host(&told::page("events", events, limit, event, |last| last.seq.to_string())))
}
