//! A file or link among the files of a property.

use serde_json::Map;
use toolbay_sdk::notion::{ARRAY_LIMIT, NotionId, names};
use toolbay_sdk::prelude::*;

use crate::outcome::unknown;
use crate::source::Source;
use crate::upload;

/// Most characters that Notion takes in the name of a file.
const NAME_LIMIT: usize = 100;

/// Adds it. Notion replaces the whole list, so the files that are there are sent back with it.
pub(crate) fn add(
    call: &Call,
    page_id: NotionId,
    property: &str,
    source: &Source,
    name: Option<&str>,
) -> Result<Value, Problem> {
    let id = page_id.to_string();
    let read = || Ok::<_, Problem>(call.notion().get(["v1", "pages", id.as_str()]).send()?.body);
    let page = read()?;
    let (property, mut present) = files(&page, property)?;
    if let Source::External(link) = source
        && present
            .iter()
            .any(|file| file.pointer("/external/url").and_then(Value::as_str) == Some(link.as_str()))
    {
        return Ok(answer(&id, &page, Some("The link is there already; nothing was changed.")));
    }
    if present.len() >= ARRAY_LIMIT {
        return Err(Problem::limit_exceeded(format!(
            "`{property}` has {} files; Notion takes {ARRAY_LIMIT} in one request.",
            present.len()
        ))
        .hint("Attach it as a block instead: leave `property` out."));
    }
    let file = file(call, source, name)?;
    if !matches!(source, Source::External(_)) {
        // Fetching takes a while, and what others added meanwhile would be lost.
        (_, present) = files(&read()?, &property)?;
    }
    present.push(file);
    let body = json!({ "properties": { (property): { "files": present } } });
    let page = call.notion().patch(["v1", "pages", id.as_str()], body).send()?.body;
    if page.get("id").is_none() {
        return Err(unknown());
    }
    Ok(answer(&id, &page, None))
}

fn file(call: &Call, source: &Source, name: Option<&str>) -> Result<Value, Problem> {
    let cut = |name: &str| name.chars().take(NAME_LIMIT).collect::<String>();
    let upload = match source {
        Source::External(link) => {
            let name = name.map(str::to_owned).or_else(|| link.file_name());
            let name = cut(name.as_deref().unwrap_or(link.as_str()));
            return Ok(json!({ "name": name, "type": "external", "external": { "url": link.as_str() } }));
        }
        Source::Import(link) => upload::import(call, link, name)?,
        Source::Upload(id) => upload::existing(call, *id)?,
    };
    let mut file = json!({ "type": "file_upload", "file_upload": { "id": upload.id } });
    if let (Some(name), Some(file)) = (name.or(upload.name.as_deref()), file.as_object_mut()) {
        file.insert("name".to_owned(), cut(name).into());
    }
    Ok(file)
}

/// The property that the caller means, by its exact name, and the files that it has.
fn files(page: &Value, wanted: &str) -> Result<(String, Vec<Value>), Problem> {
    if page.get("in_trash").and_then(Value::as_bool) == Some(true) {
        return Err(Problem::conflict("The page is in the trash.")
            .hint("Restore it first: `trash` with its id and `restore` true."));
    }
    let empty = Map::new();
    let properties = page.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let all: Vec<&str> = properties.keys().map(String::as_str).collect();
    let name = names::find(wanted, &all, "property")?;
    let property = properties.get(name);
    if let Some(files) = property.and_then(|property| property.get("files")).and_then(Value::as_array) {
        return Ok((name.to_owned(), files.clone()));
    }
    let kind = property.and_then(|property| property.get("type")).and_then(Value::as_str).unwrap_or_default();
    let fitting: Vec<String> = properties
        .iter()
        .filter(|(_, property)| property.get("files").is_some())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let refusal = Problem::invalid_input(format!("`{name}` holds {kind}, not files."));
    Err(if fitting.is_empty() {
        refusal.hint("The page has no files property: leave `property` out to append a block, or add one with `update_database`.")
    } else {
        refusal.hint(format!("Files properties: {}.", fitting.join(", ")))
    })
}

fn answer(id: &str, page: &Value, note: Option<&str>) -> Value {
    let mut answer = Map::from_iter([("id".to_owned(), Value::from(id))]);
    if let Some(url) = page.get("url").filter(|url| url.is_string()) {
        answer.insert("url".to_owned(), url.clone());
    }
    if let Some(note) = note {
        answer.insert("note".to_owned(), note.into());
    }
    Value::Object(answer)
}
