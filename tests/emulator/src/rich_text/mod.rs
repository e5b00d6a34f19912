//! Rich text: from what a request may leave out to what an answer always carries.

mod plain;

use serde_json::{Map, Value, json};

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::page::url_of;
use crate::model::user::partial;
use plain::full_annotations;

pub(crate) use plain::{of, plain, run};

/// Fills an array of rich text from a request into its answered form. Neighbouring texts of equal style become one
/// (recorded), so that one of an answer can be longer than one of a request may be.
pub(crate) fn fill(workspace: &Workspace, items: &Value) -> Value {
    let mut filled: Vec<Value> = Vec::new();
    for item in items.as_array().into_iter().flatten() {
        let item = fill_one(workspace, item);
        match filled.last_mut() {
            Some(last) if are_one(last, &item) => {
                let text = format!(
                    "{}{}",
                    last.text("plain_text").unwrap_or_default(),
                    item.text("plain_text").unwrap_or_default()
                );
                *last = run(&text, item.text("href"), item.at("annotations"));
            }
            // An empty text beside others is none.
            Some(_) if is_empty(&item) => {}
            Some(last) if is_empty(last) => *last = item,
            _ => filled.push(item),
        }
    }
    Value::from(filled)
}

fn is_empty(item: &Value) -> bool {
    item.text("type") == Some("text") && item.text("plain_text") == Some("")
}

fn are_one(left: &Value, right: &Value) -> bool {
    [left, right].iter().all(|item| item.text("type") == Some("text"))
        && ["href", "annotations"].iter().all(|key| left.at(key) == right.at(key))
}

fn fill_one(workspace: &Workspace, item: &Value) -> Value {
    let annotations = item.at("annotations");
    if item.has("text") {
        let content = item.at("text").text("content").unwrap_or_default();
        return run(content, item.at("text").at("link").text("url"), annotations);
    }
    if item.has("equation") {
        let expression = item.at("equation").text("expression").unwrap_or_default();
        return json!({
            "type": "equation",
            "equation": {"expression": expression},
            "annotations": full_annotations(annotations),
            "plain_text": expression,
            "href": null,
        });
    }
    let Some((mention, plain_text, href)) = fill_mention(workspace, item.at("mention")) else {
        let name = item.at("mention").at("custom_emoji").text("name").unwrap_or_default();
        return run(&format!(":{name}:"), None, annotations);
    };
    json!({
        "type": "mention",
        "mention": mention,
        "annotations": full_annotations(annotations),
        "plain_text": plain_text,
        "href": href,
    })
}

/// A mention with its text and link; none for an emoji that the workspace doesn't have.
fn fill_mention(workspace: &Workspace, mention: &Value) -> Option<(Value, String, Option<String>)> {
    let id = |kind: &str| crate::identifiers::canonical(mention.at(kind).text("id").unwrap_or_default());
    if mention.has("user") {
        let id = id("user");
        let user = workspace.user(&id);
        let name = user.and_then(|user| user.name.as_deref()).unwrap_or("Anonymous");
        let whole = user.map_or_else(|| partial(&id), |user| user.to_json(workspace, true));
        return Some((json!({"type": "user", "user": whole}), format!("@{name}"), None));
    }
    if mention.has("date") {
        let date = mention.at("date");
        let written =
            json!({"start": date.at("start"), "end": date.at("end"), "time_zone": date.at("time_zone")});
        // A date that can't be read was refused before.
        let full = crate::properties::dates::normal("mention.date", date).unwrap_or(written);
        let start = full.text("start").unwrap_or_default().to_owned();
        return Some((json!({"type": "date", "date": full}), start, None));
    }
    if mention.has("page") {
        let id = id("page");
        let title = workspace.pages.get(&id).map_or("Untitled".to_owned(), |page| page.plain_title());
        let url = url_of(&id);
        return Some((json!({"type": "page", "page": {"id": id}}), title, Some(url)));
    }
    if mention.has("database") || mention.has("data_source") {
        // A data source is mentioned as the database that it is in.
        let source = workspace.data_sources.get(&id("data_source"));
        let id = source.and_then(|source| source.parent.id()).map_or_else(|| id("database"), str::to_owned);
        let title = workspace.databases.get(&id).map_or("Untitled".to_owned(), |found| plain(&found.title));
        let url = url_of(&id);
        return Some((json!({"type": "database", "database": {"id": id}}), title, Some(url)));
    }
    if mention.has("template_mention") {
        let mut inner = mention.at("template_mention").clone();
        if let Value::Object(map) = &mut inner {
            let kind = if map.contains_key("template_mention_date") {
                "template_mention_date"
            } else {
                "template_mention_user"
            };
            let mut ordered = Map::new();
            ordered.insert("type".to_owned(), json!(kind));
            ordered.insert(kind.to_owned(), map.at(kind).clone());
            *map = ordered;
        }
        return Some((
            json!({"type": "template_mention", "template_mention": inner}),
            "@Today".to_owned(),
            None,
        ));
    }
    let wanted = mention.at("custom_emoji");
    let key = if wanted.has("id") { "id" } else { "name" };
    let value = if wanted.has("id") { id("custom_emoji") } else { wanted.text("name")?.to_owned() };
    let emoji = workspace.custom_emojis.iter().find(|emoji| emoji.text(key) == Some(&value))?;
    let [id, name, url] = ["id", "name", "url"].map(|key| emoji.text(key).unwrap_or_default());
    Some((
        json!({"type": "custom_emoji", "custom_emoji": {"id": id, "name": name, "url": url}}),
        format!(":{name}:"),
        None,
    ))
}

/// An icon or cover from a request into its answered form; an upload becomes a hosted file.
pub(crate) fn fill_file(workspace: &Workspace, file: &Value) -> Value {
    if file.has("emoji") {
        return json!({"type": "emoji", "emoji": file.at("emoji")});
    }
    if let Some(icon) = file.at("external").text("url").and_then(notion_icon) {
        return icon;
    }
    if file.has("external") {
        return json!({"type": "external", "external": {"url": file.at("external").at("url")}});
    }
    if file.has("icon") {
        let icon = file.at("icon");
        return json!({"type": "icon", "icon": {"name": icon.at("name"), "color": icon.text("color").unwrap_or("gray")}});
    }
    if file.has("custom_emoji") {
        let id = file.at("custom_emoji").text("id").unwrap_or_default();
        let known = workspace.custom_emojis.iter().find(|emoji| emoji.text("id") == Some(id));
        return json!({"type": "custom_emoji", "custom_emoji": known.cloned().unwrap_or_else(|| json!({"id": id}))});
    }
    if file.has("file_upload") {
        return hosted(file.at("file_upload").text("id").unwrap_or_default());
    }
    if file.has("file") {
        // One that Notion keeps already, sent back.
        let url = file.at("file").at("url");
        return json!({"type": "file", "file": {"url": url, "expiry_time": EXPIRY}});
    }
    Value::Null
}

/// Notion's own icons by their addresses, which it answers by name and color (recorded): `…/icons/pizza_blue.svg`.
fn notion_icon(url: &str) -> Option<Value> {
    let name = name_in(url.strip_prefix("https://www.notion.so/icons/").map(|_| url)?)?;
    let (name, color) = name.strip_suffix(".svg")?.rsplit_once('_')?;
    Some(json!({"type": "icon", "icon": {"name": name, "color": color}}))
}

/// The name at the end of an address.
pub(crate) fn name_in(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let (_, place) = path.split_once("://")?;
    let (_, name) = place.rsplit_once('/')?;
    (!name.is_empty()).then(|| crate::check::query_string::decode_segment(name))
}

/// Where the files are that Notion keeps.
pub(crate) const HOSTED: &str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/";
const EXPIRY: &str = "2099-01-01T00:00:00.000Z";

/// A file that Notion keeps, with its signed and expiring address.
pub(crate) fn hosted(upload_id: &str) -> Value {
    json!({
        "type": "file",
        "file": {
            "url": format!("{HOSTED}{upload_id}?X-Amz-Expires=3600"),
            "expiry_time": EXPIRY,
        },
    })
}
