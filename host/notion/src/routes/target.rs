//! What a write changes, in words for people: kinds and ids alone, nothing that a caller wrote.

use serde_json::Value;
use toolbay_kernel::gate::Method;

use super::path::normalise_id;
use super::table::Entry;

/// The target of a write, such as `page 0123...` or `a new page in data source 0123...`.
pub(super) fn of(
    entry: &Entry,
    segments: &[String],
    body: Option<&serde_json::Map<String, Value>>,
) -> String {
    let named = entry.template.split('/').skip(1).zip(segments).filter_map(|(template, segment)| {
        let parameter = template.strip_prefix('{')?.strip_suffix('}')?;
        Some(format!("{} {segment}", parameter.trim_end_matches("_id").replace('_', " ")))
    });
    let own = named.last();
    match (entry.method, own) {
        (Method::Patch, Some(parent)) if entry.template.ends_with("/children") => {
            format!("new blocks in {parent}")
        }
        (_, Some(own)) => own,
        (_, None) => {
            let kind = entry.template.rsplit('/').next().unwrap_or_default();
            let kind = kind.trim_end_matches('s').replace('_', " ");
            match body.and_then(parent) {
                Some(parent) => format!("a new {kind} in {parent}"),
                None => format!("a new {kind}"),
            }
        }
    }
}

/// What something new is put into.
fn parent(body: &serde_json::Map<String, Value>) -> Option<String> {
    let places = [Some(body), body.get("parent").and_then(Value::as_object)];
    let kinds = ["data_source_id", "database_id", "page_id", "block_id", "discussion_id"];
    places.into_iter().flatten().rev().find_map(|place| {
        kinds.iter().find_map(|kind| {
            let id = normalise_id(place.get(*kind)?.as_str()?)?;
            Some(format!("{} {id}", kind.trim_end_matches("_id").replace('_', " ")))
        })
    })
}
