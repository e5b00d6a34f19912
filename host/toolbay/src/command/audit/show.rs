//! `toolbay audit show`: all of an event, with its leaf.

use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use toolbay_store::{AuditItem, AuditQuery, AuditScope, LoggedEvent, MAX_AUDIT_EVENTS};

use super::item::Item;
use super::list;
use super::moment::at_ms;
use crate::command::Output;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

pub(super) async fn run(
    item: Item,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let store = open_store(configuration, Purpose::Command).await?;
    let everything = AuditQuery::newest(AuditScope::Everything, MAX_AUDIT_EVENTS);
    let query = match item.0 {
        AuditItem::Event(event) => AuditQuery { before: event.checked_add(1), limit: 1, ..everything },
        AuditItem::Call(call) => AuditQuery { call: Some(call), ..everything },
    };
    let mut recorded = store.audit(query).await?;
    if let AuditItem::Event(event) = item.0 {
        recorded.retain(|recorded| recorded.seq == event);
    }
    let logged = store.logged_events(item.0).await?;
    let mut events: Vec<(i64, Value)> = recorded
        .iter()
        .map(|recorded| {
            let leaf = logged.iter().find(|logged| logged.seq == recorded.seq).map(leaf);
            let mut event = list::shown(recorded);
            if let Some(members) = event.as_object_mut() {
                members.insert("leaf".to_owned(), json!(leaf));
            }
            (recorded.seq, event)
        })
        .collect();
    let removed = logged.iter().filter(|logged| recorded.iter().all(|recorded| recorded.seq != logged.seq));
    events.extend(removed.filter_map(|logged| Some((logged.seq, without_content(logged)?))));
    events.sort_by_key(|(seq, _)| *seq);
    if events.is_empty() {
        return Err(item.none());
    }
    let events: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
    let shown = match (item.0, events.as_slice()) {
        (AuditItem::Event(_), [event]) => event.clone(),
        _ => Value::from(events),
    };
    output.print(&shown, || format!("{shown:#}"));
    Ok(ExitCode::SUCCESS)
}

fn leaf(logged: &LoggedEvent) -> Value {
    json!({"index": logged.index, "hash": STANDARD.encode(logged.hash)})
}

/// What is left of an event whose content was removed.
fn without_content(logged: &LoggedEvent) -> Option<Value> {
    let event = logged.event.as_ref()?;
    Some(json!({
        "number": event.seq,
        "at": at_ms(event.time_ms),
        "event": event.kind,
        "principal_id": event.principal,
        "surface": event.surface,
        "connection": event.connection,
        "call": event.call,
        "content_removed": event.is_without_content(),
        "leaf": leaf(logged),
    }))
}
