//! Search: by title, over pages and data sources.

use serde_json::Value;

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::Answer;
use crate::json::Peek;
use crate::model::Workspace;
use crate::paginate;
use crate::rich_text::plain;

struct Found {
    id: String,
    title: String,
    edited: time::OffsetDateTime,
    sequence: u64,
}

/// Refuses the sorts that the schema admits and the route doesn't serve (recorded).
fn check_sort(sort: &Value) -> Result<(), Refusal> {
    if sort.is_null() {
        return Ok(());
    }
    if sort.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(invalid(
            "body.sort should specify either `{ \"property\": \"relevance\" }` or `{ \"timestamp\": \
             \"last_edited_time\", \"direction\": \"ascending\" | \"descending\" }`.",
        ));
    }
    if let Some(property) = sort.text("property") {
        if property != "relevance" {
            return Err(invalid(format!(
                "body.sort.property should be \"relevance\", instead was `{property}`."
            )));
        }
        if sort.has("timestamp") || sort.has("direction") {
            return Err(invalid(
                "body.sort with `{ \"property\": \"relevance\" }` cannot include `timestamp` or `direction`.",
            ));
        }
        return Ok(());
    }
    if sort.text("timestamp") != Some("last_edited_time") {
        return Err(invalid("body.sort.timestamp should be \"last_edited_time\" when sorting by timestamp."));
    }
    if !sort.has("direction") {
        return Err(invalid(
            "body.sort.direction should be defined when body.sort.timestamp is \"last_edited_time\".",
        ));
    }
    Ok(())
}

pub(crate) fn search(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let sort = call.body.at("sort");
    check_sort(sort)?;
    let filter = call.body.at("filter");
    let query = call.body.text("query").unwrap_or_default().trim().to_lowercase();
    let in_trash = filter.is_true("in_trash");
    let wanted = |kind: &str| match filter.text("value") {
        None => true,
        Some("database") => kind == "data_source",
        Some(value) => value == kind,
    };
    let mut found: Vec<Found> = Vec::new();
    if wanted("page") {
        found.extend(workspace.pages.values().map(|page| Found {
            id: page.id.clone(),
            title: page.plain_title(),
            edited: page.stamps.last_edited_time,
            sequence: page.sequence,
        }));
    }
    if wanted("data_source") {
        found.extend(workspace.data_sources.values().map(|data_source| Found {
            id: data_source.id.clone(),
            title: plain(&data_source.title),
            edited: data_source.stamps.last_edited_time,
            sequence: data_source.sequence,
        }));
    }
    found.retain(|each| {
        (query.is_empty() || matches_title(&each.title, &query))
            && workspace.is_gone(&each.id) == in_trash
            && call.integration.sees(workspace, &each.id)
    });
    // The newest first, unless asked otherwise; Notion promises nothing without a sort.
    found.sort_by_key(|each| std::cmp::Reverse((each.edited, each.sequence)));
    if sort.text("direction") == Some("ascending") {
        found.reverse();
    }
    let ids: Vec<String> = found.into_iter().map(|each| each.id).collect();
    let size = paginate::size_of(call.body.at("page_size"));
    let (shown, next) = paginate::slice(&ids, call.body.text("start_cursor"), size)?;
    let only = call.filter_properties.as_deref();
    let results = shown
        .iter()
        .filter_map(|id| match workspace.pages.get(id) {
            Some(page) => Some(page.to_json(workspace, only)),
            None => workspace.data_sources.get(id).map(|data_source| data_source.to_json(workspace)),
        })
        .collect();
    let kind = if call.version < "2025-09-03" { "page_or_database" } else { "page_or_data_source" };
    Ok(paginate::list(results, next, kind).into())
}

/// Every word of the query must be in the title.
fn matches_title(title: &str, query: &str) -> bool {
    let title = title.to_lowercase();
    query.split_whitespace().all(|word| title.contains(word))
}
