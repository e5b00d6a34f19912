//! Renamed options. Notion's API renames options of some types; for the others, rows are moved to a new option.

use serde_json::Map;
use toolbay_sdk::notion::columns::{self, OptionRename};
use toolbay_sdk::notion::properties::{Kind, Property};
use toolbay_sdk::notion::{DataSource, names};
use toolbay_sdk::prelude::*;

use super::loss;

/// Rows that are moved without asking first.
const FEW: usize = 10;

/// Rows that one call can move: each is a request of its own.
const MOST: usize = 200;

/// Rows that are moved side by side.
const AT_ONCE: usize = 10;

/// What renaming means for the rows, where the caller has to confirm it.
pub(super) fn foretold(
    call: &Call,
    source: &DataSource,
    rename: &OptionRename,
) -> Result<Option<String>, Problem> {
    let property = source.schema.decide(&rename.column)?;
    if !rename.merges && property.kind != Kind::Status {
        return Ok(None);
    }
    let (rows, has_more) = loss::rows(call, source, &columns::chosen(property, &rename.from), MOST / 100)?;
    if has_more {
        return Err(Problem::limit_exceeded(format!(
            "More than {} rows have the option `{}`, and Notion's API renames it only row by row.",
            rows.len(),
            rename.from
        ))
        .hint("Rename it in Notion; or move the rows in parts by setting their value, and remove the option then."));
    }
    let OptionRename { column, from, to, merges } = rename;
    let deed = if *merges { "Merging" } else { "Renaming" };
    Ok((*merges || rows.len() > FEW)
        .then(|| format!("{deed} the option `{from}` of `{column}` into `{to}` writes {} rows.", rows.len())))
}

/// Renames an option of a column as it is now; answers with what was done.
pub(super) fn carry_out(
    call: &Call,
    source: &mut DataSource,
    column_id: &str,
    rename: &OptionRename,
) -> Result<String, Problem> {
    source.refreshed(call)?;
    let OptionRename { column, from, to, .. } = rename;
    if !rename.merges && renamed_in_place(call, source, column_id, rename)? {
        return Ok(format!("The option `{from}` of `{column}` is called `{to}` now."));
    }
    let property = source.schema.decide(column_id)?.clone();
    let added = add(call, source, &property, rename)?;
    source.refreshed(call)?;
    let property = source.schema.decide(column_id)?.clone();
    let filter = columns::chosen(&property, from);
    let (rows, has_more) = loss::rows(call, source, &filter, MOST / 100)?;
    let moved = moved(call, &property, rename, &rows);
    let left = rows.len() - moved.count;
    if let Some(mut problem) = moved.problem.filter(|_| left > 0) {
        problem.message = format!(
            "{} of {} rows were moved from the option `{from}` to `{to}`; then: {}",
            moved.count,
            rows.len(),
            problem.message
        );
        return Err(problem
            .hint("Both options are there. The same call goes on where it ended, with `confirm`: true."));
    }
    if has_more || !loss::rows(call, source, &filter, 1)?.0.is_empty() {
        return Ok(format!(
            "{} rows were moved from the option `{from}` of `{column}` to `{to}`; others still have `{from}`, so it stays. The same call goes on, with `confirm`: true.",
            moved.count
        ));
    }
    let (trashed, _) = loss::in_trash(call, source, &filter, 1)?;
    if !trashed.is_empty() {
        return Ok(format!(
            "{} rows were moved from the option `{from}` of `{column}` to `{to}`; rows in the trash still have `{from}`, so it stays.",
            moved.count
        ));
    }
    let settings = options(&property, |option| option != from);
    patch(call, source, &property, settings)?;
    let mut said = format!(
        "{} rows were moved from the option `{from}` of `{column}` to `{to}`, and `{from}` was removed.",
        moved.count
    );
    if added && property.kind == Kind::Status {
        said.push_str(" Notion's API puts a new option of a status into the group To-do.");
    }
    said.push_str(" Views and formulas that name the old option still do.");
    Ok(said)
}

/// Asks Notion to rename the option, and looks whether it has: for some types it reads past the name.
fn renamed_in_place(
    call: &Call,
    source: &mut DataSource,
    column_id: &str,
    rename: &OptionRename,
) -> Result<bool, Problem> {
    let property = source.schema.decide(column_id)?.clone();
    let mut settings = options(&property, |_| true);
    for option in &mut settings {
        if option.get("name").and_then(Value::as_str) == Some(rename.from.as_str())
            && let Some(option) = option.as_object_mut()
        {
            option.insert("name".to_owned(), rename.to.as_str().into());
        }
    }
    match patch(call, source, &property, settings) {
        Ok(()) => {}
        Err(problem) if problem.code == toolbay_sdk::Code::InvalidInput => return Ok(false),
        Err(problem) => return Err(problem),
    }
    source.refreshed(call)?;
    let names = &source.schema.decide(column_id)?.options;
    let has = |name: &str| names.iter().any(|known| names::equal(known, name));
    Ok(has(&rename.to) && !has(&rename.from))
}

/// The new option beside the old one, unless it is there.
fn add(
    call: &Call,
    source: &DataSource,
    property: &Property,
    rename: &OptionRename,
) -> Result<bool, Problem> {
    if property.options.iter().any(|option| names::equal(option, &rename.to)) {
        return Ok(false);
    }
    let old = property.settings.get("options").and_then(Value::as_array).into_iter().flatten();
    let old = old
        .into_iter()
        .find(|option| option.get("name").and_then(Value::as_str) == Some(rename.from.as_str()));
    let mut option = Map::from_iter([("name".to_owned(), Value::from(rename.to.as_str()))]);
    for key in ["color", "description"] {
        if let Some(value) = old.and_then(|old| old.get(key)).filter(|value| !value.is_null()) {
            option.insert(key.to_owned(), value.clone());
        }
    }
    let mut settings = options(property, |_| true);
    settings.push(Value::Object(option));
    patch(call, source, property, settings)?;
    Ok(true)
}

/// How far the rows were moved.
struct Moved {
    count: usize,
    problem: Option<Problem>,
}

fn moved(call: &Call, property: &Property, rename: &OptionRename, rows: &[Value]) -> Moved {
    let mut moved = Moved { count: 0, problem: None };
    for part in rows.chunks(AT_ONCE) {
        let requests = part.iter().filter_map(|row| {
            let id = row.get("id")?.as_str()?;
            let value = value(property, rename, row);
            let body =
                json!({ "properties": { (property.name.as_str()): { (property.kind.name()): value } } });
            Some(Request::patch(["v1", "pages", id], body))
        });
        for answer in call.notion().send_all(requests.collect()) {
            match answer {
                Ok(_) => moved.count += 1,
                Err(problem) => moved.problem = Some(problem),
            }
        }
        if moved.problem.is_some() {
            break;
        }
    }
    moved
}

/// A row's value with the new option in the place of the old one.
fn value(property: &Property, rename: &OptionRename, row: &Value) -> Value {
    if property.kind != Kind::MultiSelect {
        return json!({ "name": rename.to });
    }
    let properties = row.get("properties").and_then(Value::as_object);
    let own = properties.and_then(|own| {
        own.values().find(|own| own.get("id").and_then(Value::as_str) == Some(property.id.as_str()))
    });
    let chosen = own.and_then(|own| own.get("multi_select")).and_then(Value::as_array);
    let mut names: Vec<&str> = Vec::new();
    for name in chosen.into_iter().flatten().filter_map(|option| option.get("name")?.as_str()) {
        let name = if name == rename.from { rename.to.as_str() } else { name };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

/// The options that stay, by id and name.
fn options(property: &Property, stays: impl Fn(&str) -> bool) -> Vec<Value> {
    let options = property.settings.get("options").and_then(Value::as_array).into_iter().flatten();
    options
        .filter(|option| option.get("name").and_then(Value::as_str).is_some_and(&stays))
        .map(|option| json!({ "id": option.get("id"), "name": option.get("name") }))
        .collect()
}

fn patch(call: &Call, source: &DataSource, property: &Property, options: Vec<Value>) -> Result<(), Problem> {
    let body = json!({ "properties": { (property.name.as_str()): { (property.kind.name()): { "options": options } } } });
    call.notion().patch(["v1", "data_sources", source.id.as_str()], body).send().map(|_| ())
}
