//! Files: links to files elsewhere, and Notion's own file objects.

use serde_json::{Map, Value, json};

use super::Property;
use crate::Error;
use crate::members::{only, only_of};
use crate::{ARRAY_LIMIT, TEXT_LIMIT, rich_text};

/// Most characters that Notion takes in the name of a file.
const NAME_LIMIT: usize = 100;

pub(super) fn normalise(property: &Property, value: &Value) -> Result<Value, Error> {
    let given = match value {
        Value::Null => &[],
        Value::Array(files) => files.as_slice(),
        single => std::slice::from_ref(single),
    };
    if given.len() > ARRAY_LIMIT {
        return Err(
            property.refuse(&format!("has {} files; Notion takes {ARRAY_LIMIT} in one request", given.len()))
        );
    }
    given.iter().map(|file| normalise_file(property, file)).collect()
}

fn normalise_file(property: &Property, file: &Value) -> Result<Value, Error> {
    match file {
        Value::String(url) => external(property, url, None),
        Value::Object(object) => match checked(property, object)?.get("url").and_then(Value::as_str) {
            Some(url) => external(property, url, object.get("name").and_then(Value::as_str)),
            None => own(property, object),
        },
        _ => Err(property.refuse("has an entry that is no file")),
    }
}

fn checked<'a>(property: &Property, object: &'a Map<String, Value>) -> Result<&'a Map<String, Value>, Error> {
    let known = ["name", "url", "type", "external", "file", "file_upload", "caption"];
    only(object, "a file", &known).map_err(|error| property.blame(error))?;
    let has_caption = object.get("caption").is_some_and(|caption| {
        !(caption.is_null() || caption == "" || caption.as_array().is_some_and(Vec::is_empty))
    });
    if has_caption {
        return Err(property
            .refuse("has a file with a caption, which Notion keeps for files in a page's content alone")
            .hint("Leave `caption` out, or say it in the file's name."));
    }
    only_of(object.get("external"), "a file's `external`", &["url"])
        .map_err(|error| property.blame(error))?;
    Ok(object)
}

/// Notion's own object. A file that Notion hosts stays when it is sent back, and one that was uploaded is attached.
fn own(property: &Property, object: &Map<String, Value>) -> Result<Value, Error> {
    let name = object.get("name").and_then(Value::as_str);
    if let Some(url) = object.get("external").and_then(|external| external.get("url")).and_then(Value::as_str)
    {
        return external(property, url, name);
    }
    if object.contains_key("file") || object.contains_key("file_upload") {
        return Ok(Value::Object(object.clone()));
    }
    Err(property.refuse("has an entry that is no file"))
}

fn external(property: &Property, url: &str, name: Option<&str>) -> Result<Value, Error> {
    let url = url.trim();
    let name = name.filter(|name| !name.trim().is_empty());
    if name.is_some_and(|name| name.chars().count() > NAME_LIMIT) {
        return Err(property
            .refuse(&format!("has a file whose name is longer than {NAME_LIMIT} characters"))
            .hint("Give a shorter name."));
    }
    let name = name.unwrap_or_else(|| last_segment(url));
    let name: String = name.chars().take(NAME_LIMIT).collect();
    if is_hosted(url) {
        return Ok(json!({ "name": name, "type": "file", "file": { "url": url } }));
    }
    if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(char::is_whitespace) {
        return Err(property.refuse("has an entry that is no http or https link"));
    }
    rich_text::check_length(url, TEXT_LIMIT).map_err(|error| property.blame(error))?;
    Ok(json!({ "name": name, "type": "external", "external": { "url": url } }))
}

/// True for the links that Notion gives to files it hosts. They work for an hour: sent back as what they are, the file stays;
/// as a link to elsewhere it would soon be lost.
pub(crate) fn is_hosted(url: &str) -> bool {
    let Some((host, path)) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let host = host.to_ascii_lowercase();
    let is_storage = host.starts_with("prod-files-secure.") || path.starts_with("secure.notion-static.com/");
    matches!(host.as_str(), "file.notion.so" | "file.notion.com")
        || (host.ends_with(".amazonaws.com") && is_storage)
}

/// A file as callers write it: its link, with the name where the link does not end with that.
pub(super) fn plain(file: &Value) -> Option<Value> {
    let url = file.pointer("/external/url").or_else(|| file.pointer("/file/url"))?.as_str()?;
    match file.get("name").and_then(Value::as_str) {
        Some(name) if !name.is_empty() && name != last_segment(url) => {
            Some(json!({ "name": name, "url": url }))
        }
        _ => Some(json!(url)),
    }
}

/// Notion wants a name for every file; the link's last part says most.
fn last_segment(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let path = url.get(..end).unwrap_or(url).trim_end_matches('/');
    path.rsplit('/').next().filter(|segment| !segment.is_empty()).unwrap_or(url)
}
