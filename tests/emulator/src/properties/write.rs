//! Property values from a request into a page.
//!
//! Values are kept by property id in a normal form: option ids, user ids, page ids, filled rich text.

use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::to_minute;
use crate::errors::{Refusal, invalid};
use crate::identifiers::canonical;
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::Property;
use crate::model::parent::Parent;
use crate::properties::{dates, options, relation};
use crate::rich_text;

/// Types whose values nobody can set.
const COMPUTED: &[&str] = &[
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "formula",
    "rollup",
    "unique_id",
    "button",
];

/// Applies the `properties` of a request to a page that is already in the workspace.
pub(crate) fn apply(
    call: &Call,
    workspace: &mut Workspace,
    page_id: &str,
    properties: &Value,
) -> Result<(), Refusal> {
    let Some(requested) = properties.as_object() else { return Ok(()) };
    let parent = workspace.pages.get(page_id).map(|page| page.parent.clone());
    let Some(Parent::DataSource(data_source_id)) = parent else {
        return apply_title_only(workspace, page_id, properties);
    };
    for (key, wanted) in requested {
        let property = workspace
            .data_sources
            .get(&data_source_id)
            .and_then(|data_source| data_source.property(key))
            .cloned()
            .ok_or_else(|| invalid(format!("{key} is not a property that exists.")))?;
        let value = value_for(call, workspace, &data_source_id, key, &property, wanted)?;
        if property.kind == "relation" {
            relation::mirror(workspace, page_id, &property, &value);
        }
        store(workspace, page_id, &property.id, value);
    }
    Ok(())
}

/// A page outside a data source has a title and nothing else.
fn apply_title_only(workspace: &mut Workspace, page_id: &str, properties: &Value) -> Result<(), Refusal> {
    for (key, wanted) in properties.as_object().into_iter().flatten() {
        if key != "title" {
            return Err(invalid(format!("{key} is not a property that exists.")));
        }
        let items = if wanted.is_array() { wanted } else { wanted.at("title") };
        if !items.is_array() {
            return Err(invalid(format!("{key} is expected to be title.")));
        }
        let filled = rich_text::fill(workspace, items);
        store(workspace, page_id, "title", filled);
    }
    Ok(())
}

fn store(workspace: &mut Workspace, page_id: &str, property_id: &str, value: Value) {
    if let Some(page) = workspace.page_mut(page_id) {
        if value.is_null() {
            page.values.remove(property_id);
        } else {
            page.values.insert(property_id.to_owned(), value);
        }
    }
}

fn value_for(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    key: &str,
    property: &Property,
    wanted: &Value,
) -> Result<Value, Refusal> {
    let kind = property.kind.as_str();
    if COMPUTED.contains(&kind) {
        return Err(invalid(format!("{key} is a {kind} property, and can't be set.")));
    }
    if wanted.is_array() {
        if kind != "title" {
            return Err(invalid(format!("{key} is expected to be {kind}.")));
        }
        return Ok(rich_text::fill(workspace, wanted));
    }
    if !wanted.has(kind) {
        return Err(invalid(format!("{key} is expected to be {kind}.")));
    }
    let value = wanted.at(kind);
    let path = format!("body.properties.{key}.{kind}");
    match kind {
        "title" | "rich_text" => Ok(rich_text::fill(workspace, value)),
        "date" => {
            if value.is_null() {
                Ok(Value::Null)
            } else {
                dates::normal(&path, value)
            }
        }
        "select" if value.is_null() => Ok(Value::Null),
        "status" if value.is_null() => Ok(options::default_status(property).map_or(Value::Null, Value::from)),
        "select" | "status" => choose(workspace, data_source_id, property, value).map(Value::from),
        "multi_select" => {
            let mut ids: Vec<String> = Vec::new();
            for wanted in value.as_array().into_iter().flatten() {
                let id = choose(workspace, data_source_id, property, wanted)?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Ok(json!(ids))
        }
        "people" => people(workspace, value),
        // JavaScript has one kind of number, and writes 2.0 as 2.
        "number" => Ok(match value.as_f64() {
            Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(number as i64),
            _ => value.clone(),
        }),
        "relation" => relation::check(call, workspace, property, value),
        "verification" => verified(call, &path, value),
        // A place keeps where it is; its name is not told again (recorded).
        "place" if !value.is_null() => {
            let mut place = value.clone();
            put(&mut place, "name", Value::Null);
            Ok(place)
        }
        "files" => {
            for url in value.as_array().into_iter().flatten().filter_map(|file| file.at("file").text("url")) {
                if !url.starts_with(rich_text::HOSTED) {
                    return Err(invalid(format!(
                        "{path}: {url} is no file that Notion keeps; send it as external."
                    )));
                }
            }
            Ok(value.as_array().into_iter().flatten().map(|file| fill_file(workspace, file)).collect())
        }
        _ => Ok(value.clone()),
    }
}

/// Verified by the one who says so, from now on where no date is given.
fn verified(call: &Call, path: &str, value: &Value) -> Result<Value, Refusal> {
    if value.text("state") != Some("verified") {
        return Ok(Value::Null);
    }
    let date = if value.has("date") {
        dates::normal(path, value.at("date"))?
    } else {
        json!({"start": to_minute(call.now), "end": null, "time_zone": null})
    };
    Ok(json!({"state": "verified", "verified_by": call.bot(), "date": date}))
}

fn choose(
    workspace: &mut Workspace,
    data_source_id: &str,
    property: &Property,
    wanted: &Value,
) -> Result<String, Refusal> {
    let mut minter = workspace.minter.clone();
    let known = options::find(property, wanted).is_some();
    let data_source = if known {
        workspace.data_sources.get_mut(data_source_id)
    } else {
        workspace.data_source_mut(data_source_id)
    };
    let target = data_source
        .and_then(|data_source| data_source.property_mut(&property.id))
        .ok_or_else(|| invalid("The property is gone."))?;
    let id = options::find_or_make(target, wanted, &mut minter)?;
    workspace.minter = minter;
    Ok(id)
}

fn people(workspace: &Workspace, value: &Value) -> Result<Value, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    for user in value.as_array().into_iter().flatten() {
        let id = canonical(user.text("id").unwrap_or_default());
        if workspace.user(&id).is_none() {
            return Err(invalid(format!("Could not find user with ID: {id}.")));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(json!(ids))
}

fn fill_file(workspace: &Workspace, file: &Value) -> Value {
    let mut filled = rich_text::fill_file(workspace, file);
    let upload = file.at("file_upload").text("id").map(canonical);
    let uploaded_name =
        upload.and_then(|id| workspace.file_uploads.get(&id)).and_then(|upload| upload.filename.clone());
    let name = file.text("name").map(str::to_owned).or(uploaded_name).unwrap_or_else(|| "file".to_owned());
    let mut named = json!({"name": name});
    if let (Value::Object(target), Value::Object(source)) = (&mut named, &mut filled) {
        target.append(source);
    }
    named
}

/// What a new row has without being asked: the default status, and the next number.
pub(crate) fn defaults(workspace: &mut Workspace, page_id: &str, data_source_id: &str) {
    let Some(data_source) = workspace.data_sources.get_mut(data_source_id) else { return };
    data_source.last_number += 1;
    let number = data_source.last_number;
    let mut values: Vec<(String, Value)> = Vec::new();
    for property in &data_source.properties {
        match property.kind.as_str() {
            "unique_id" => values.push((property.id.clone(), json!(number))),
            "status" => {
                if let Some(option) = options::default_status(property) {
                    values.push((property.id.clone(), json!(option)));
                }
            }
            _ => {}
        }
    }
    for (id, value) in values {
        store(workspace, page_id, &id, value);
    }
}
