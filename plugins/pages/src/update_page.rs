//! Changes a page's properties, icon, cover and lock.

use serde_json::Map;
use toolbay_sdk::notion::properties::same::same;
use toolbay_sdk::notion::properties::without_unchanged;
use toolbay_sdk::notion::properties::{markup_notes, refuse_named_twice};
use toolbay_sdk::notion::{DataSource, NewOptions, Object, appearance};
use toolbay_sdk::prelude::*;

use crate::answered::whereabouts;
use crate::{refusal, titled};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    page_id: String,
    /// {"Status": "Done"}; null empties.
    #[serde(default)]
    properties: Map<String, Value>,
    /// Emoji or image URL; null removes.
    #[serde(default, deserialize_with = "appearance::given")]
    icon: Option<Value>,
    /// Image URL; null removes.
    #[serde(default, deserialize_with = "appearance::given")]
    cover: Option<Value>,
    #[serde(default)]
    is_locked: Option<bool>,
    /// Allows new select options.
    #[serde(default)]
    new_options: bool,
}

/// Changes properties, icon, cover or lock of a page or row.
#[tool(writes, idempotent, route = "PATCH /v1/pages/{page_id}")]
pub(crate) fn update_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = Object::Page.find(&input.page_id)?.to_string();
    let mut body = Map::new();
    if let Some(icon) = &input.icon {
        body.insert("icon".to_owned(), appearance::icon(icon)?);
    }
    if let Some(cover) = &input.cover {
        body.insert("cover".to_owned(), appearance::cover(cover)?);
    }
    if let Some(is_locked) = input.is_locked {
        body.insert("is_locked".to_owned(), is_locked.into());
    }
    let mut changed: Vec<String> = body.keys().cloned().collect();
    let mut notes = Vec::new();
    if !input.properties.is_empty() {
        let page = call.notion().get(["v1", "pages", page_id.as_str()]).send()?.body;
        refuse_trashed(&page)?;
        let (properties, left_out) = differing(call, &page, &input)?;
        notes.extend(left_out);
        if properties.is_empty() && body.is_empty() {
            let mut answer = whereabouts(&page)?;
            answer.insert("unchanged".to_owned(), true.into());
            put_notes(&mut answer, &notes);
            return Ok(Value::Object(answer));
        }
        if !properties.is_empty() {
            notes.extend(markup_notes(&input.properties, &properties));
            changed.extend(properties.keys().cloned());
            body.insert("properties".to_owned(), Value::Object(properties));
        }
    }
    if body.is_empty() {
        return Err(Problem::invalid_input("There is nothing to change.").hint(
            "Give `properties`, `icon`, `cover` or `is_locked`; content is changed by the tool `edit_page`.",
        ));
    }
    let updated = call
        .notion()
        .patch(["v1", "pages", page_id.as_str()], Value::Object(body))
        .send()
        .map_err(|problem| refusal::explained(call, "pages", &page_id, problem))?;
    let mut answer = whereabouts(&updated.body)?;
    answer.insert("changed".to_owned(), json!(changed));
    put_notes(&mut answer, &notes);
    Ok(Value::Object(answer))
}

fn put_notes(answer: &mut Map<String, Value>, notes: &[String]) {
    if !notes.is_empty() {
        answer.insert("notes".to_owned(), json!(notes));
    }
}

/// The values in Notion's form that the page does not have already, and what is to be said of those that are left out.
fn differing(call: &Call, page: &Value, input: &Input) -> Result<(Map<String, Value>, Vec<String>), Problem> {
    let new_options = if input.new_options { NewOptions::Add } else { NewOptions::Refuse };
    let (mut wanted, notes) = match DataSource::of_page(call, page)? {
        Some(mut source) => {
            // Before what is unchanged goes: one of two values for a property may be that.
            source.checked(call, |schema| refuse_named_twice(schema, &input.properties))?;
            let left = source.checked(call, |schema| without_unchanged(schema, &input.properties, page))?;
            let values = source.values(call, &left.values, new_options).map_err(refusal::of_values)?;
            (values, left.notes.into_iter().chain(source.take_notes()).collect())
        }
        None => (titled::values(&input.properties)?, Vec::new()),
    };
    let current = page.get("properties");
    wanted.retain(|name, wanted| {
        !current.and_then(|properties| properties.get(name)).is_some_and(|current| same(wanted, current))
    });
    Ok((wanted, notes))
}

fn refuse_trashed(page: &Value) -> Result<(), Problem> {
    if page.get("in_trash").and_then(Value::as_bool) != Some(true) {
        return Ok(());
    }
    Err(Problem::conflict("The page is in the trash; nothing was changed.")
        .hint("Take it out first, with the tool `trash` and `restore: true`."))
}
