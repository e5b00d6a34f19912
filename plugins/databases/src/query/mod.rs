//! Queries the rows of a database.

mod aggregates;
mod duplicates;
mod input;
mod pages;
mod reader;

use serde_json::Map;
use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::table::{Table, as_in_cells};
use toolbay_sdk::notion::{DataSource, Detail, Object, Query, Related, Titles, VIEW_NOTE, titles_beside};
use toolbay_sdk::prelude::*;

use self::input::Input;
use self::pages::Pages;
use self::reader::{End, Found};

/// Finds, counts or sums rows of a database.
#[tool(reads, idempotent, route = "POST /v1/databases/{database_id}/query")]
pub(crate) fn query(call: &Call, input: Input) -> Result<Value, Problem> {
    let mut source = DataSource::find(call, &input.database_id)?;
    match attempt(call, &mut source, &input) {
        // The schema may be older than what Notion knows, such as a column that was renamed meanwhile.
        Err(problem) if is_refusal(&problem) => {
            if source.refreshed(call)? {
                attempt(call, &mut source, &input).map_err(|problem| explained(problem, &input))
            } else {
                Err(explained(problem, &input))
            }
        }
        other => other,
    }
}

/// What would help where Notion itself refused a query.
fn explained(problem: Problem, input: &Input) -> Problem {
    if !is_refusal(&problem) {
        return problem;
    }
    // Notion says so of what is no cursor; and one of another query it refuses in the same words.
    if input.cursor.is_some() && problem.message.contains("cursor") {
        return problem.hint("Give `next_cursor` of the answer before, with the same filter and sorts; or leave `cursor` out to begin again.");
    }
    if input.filter.is_none() || problem.hint.is_some() {
        return problem;
    }
    problem.hint(
        "Say the type of a computed column, as in {\"Score\": {\"number\": {\"is_not_empty\": true}}} or \
         {\"Total\": {\"any\": {\"select\": \"Done\"}}}; or leave out one condition after the other to find the one that Notion refuses.",
    )
}

fn attempt(call: &Call, source: &mut DataSource, input: &Input) -> Result<Value, Problem> {
    let mut query = Query::of(&source.id);
    if let Some(filter) = &input.filter {
        query = query.with("filter", source.filter(call, &Value::Object(filter.clone()))?);
    }
    // The sorts of groups name what groups have.
    if !input.sorts.is_empty() && !input.counts() {
        query = query.with("sorts", source.sorts(call, &json!(input.sorts))?);
    }
    if input.in_trash {
        query = query.with("in_trash", true);
    }
    let is_summary = input.is_summary()?;
    if is_summary {
        return summary(call, source, query, input).map(Value::Object);
    }
    let chosen = chosen(call, source, &input.properties)?;
    let mut found = match input.detail {
        Detail::Compact => Found::Compact(Table::new(&source.schema, &chosen)),
        Detail::Full => Found::Full(Vec::new()),
    };
    let mut end = reader::read(&Pages::new(call, source, &chosen, query), input, &mut found)?;
    end.notes.extend(said(source, input));
    let titles = match &found {
        Found::Compact(table) => titled(call, table),
        Found::Full(_) => Titles::default(),
    };
    if titles.missing > 0 {
        end.notes.push(format!("Related pages without a title in `titles`: {}.", titles.missing));
    }
    let mut answer = finished(found, end);
    if !titles.by_id.is_empty() {
        let named = titles.by_id.into_iter().map(|(id, title)| (as_in_cells(&id), title.into()));
        answer.insert("titles".to_owned(), Value::Object(named.collect()));
    }
    Ok(Value::Object(answer))
}

/// The titles of the pages that relations of the rows name.
fn titled(call: &Call, table: &Table) -> Titles {
    let related = table.related().into_iter();
    let related = related.map(|(source, ids)| Related { data_source_id: Some(source), ids });
    titles_beside(call, &related.collect::<Vec<_>>())
}

/// What has come of all rows, in the place of rows.
fn summary(
    call: &Call,
    source: &mut DataSource,
    mut query: Query,
    input: &Input,
) -> Result<Map<String, Value>, Problem> {
    let mut answer = if input.counts() {
        aggregates::aggregated(call, source, query, input)?
    } else {
        let columns = found(call, source, &input.duplicates_by)?;
        duplicates::refuse_incomparable(&columns)?;
        // The first of several is the oldest.
        if input.sorts.is_empty() {
            query = query.with("sorts", json!([{ "timestamp": "created_time", "direction": "ascending" }]));
        }
        duplicates::found(&Pages::new(call, source, &columns, query), input)?
    };
    for text in said(source, input) {
        aggregates::note(&mut answer, text);
    }
    Ok(answer)
}

/// What the filter came to, and what else there is to say of the source.
fn said(source: &mut DataSource, input: &Input) -> Vec<String> {
    let mut notes = source.take_notes();
    if Object::names_view(&input.database_id) {
        notes.push(VIEW_NOTE.to_owned());
    }
    notes
}

fn is_refusal(problem: &Problem) -> bool {
    let details = problem.details.as_ref();
    details.and_then(|details| details.pointer("/notion/status")).and_then(Value::as_u64) == Some(400)
}

/// Columns by their names, each once.
fn found(call: &Call, source: &mut DataSource, names: &[String]) -> Result<Vec<Property>, Problem> {
    source.checked(call, |schema| {
        let mut found: Vec<Property> = Vec::new();
        for name in names {
            let property = schema.find(name)?;
            // Two ways to write a name are one column.
            if found.iter().all(|known| known.id != property.id) {
                found.push(property.clone());
            }
        }
        Ok::<_, Problem>(found)
    })
}

/// The columns that were asked for, the title among them; empty for all.
fn chosen(call: &Call, source: &mut DataSource, names: &[String]) -> Result<Vec<Property>, Problem> {
    let mut chosen = found(call, source, names)?;
    if !chosen.is_empty()
        && let Some(title) = source.schema.title()
    {
        chosen.retain(|property| property.id != title.id);
        chosen.insert(0, title.clone());
    }
    Ok(chosen)
}

fn finished(found: Found, end: End) -> Map<String, Value> {
    let mut answer = Map::new();
    match found {
        Found::Compact(table) => table.put(&mut answer),
        Found::Full(rows) => {
            answer.insert("results".to_owned(), rows.into());
        }
    }
    if !end.sources.is_empty() {
        answer.insert("data_sources".to_owned(), end.sources.into());
    }
    // What is said of all rows is true of these: there may be others.
    if end.next_cursor.is_some() {
        for (of_all, of_these) in [("in_all_rows", "in_these_rows"), ("empty", "empty_here")] {
            if let Some(said) = answer.shift_remove(of_all) {
                answer.insert(of_these.to_owned(), said);
            }
        }
    }
    if let Some(cursor) = end.next_cursor {
        answer.insert("next_cursor".to_owned(), cursor.into());
    }
    if !end.notes.is_empty() {
        answer.insert("notes".to_owned(), end.notes.into());
    }
    answer
}
