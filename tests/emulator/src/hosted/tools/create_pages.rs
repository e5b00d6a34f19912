//! `notion-create-pages`.

use serde_json::{Map, Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::work::Work;
use super::{place, values};
use crate::errors::Refusal;
use crate::json::{Peek, put};

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-create-pages",
        title: "Create pages",
        description: "Creates pages below a page, or as rows of a data source, one after the other. Properties are plain \
                      values by name; below a page there is only title. What was created before one is refused stays.",
        strength: Strength::Writes,
        has_steps: true,
        schema: arguments(
            &["pages", "parent"],
            json!({
                "parent": place::parent_schema(),
                "pages": {
                    "type": "array", "minItems": 1, "maxItems": 100,
                    "description": "The pages, in order.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "properties": values::schema(),
                            "content": { "type": "string", "description": "The content, as markdown." },
                            "icon": { "type": "string", "maxLength": 40, "description": "An emoji." }
                        },
                        "additionalProperties": false
                    }
                }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(create(work, arguments)) },
    }
}

async fn create(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let parent = place::parent(arguments.at("parent"))?;
    let columns = values::columns(work, &parent)?;
    let wanted = arguments.items("pages");
    // A value that can't be read is found before the first page is there.
    let properties = wanted
        .iter()
        .map(|page| values::to_api(page.at("properties"), &columns))
        .collect::<Result<Vec<Map<String, Value>>, Refusal>>()?;
    let mut created = Vec::new();
    for (page, properties) in wanted.iter().zip(properties) {
        let mut body = json!({ "parent": parent, "properties": properties });
        if let Some(content) = page.text("content") {
            put(&mut body, "markdown", json!(content));
        }
        if let Some(emoji) = page.text("icon") {
            put(&mut body, "icon", json!({ "type": "emoji", "emoji": emoji }));
        }
        let object = work.ask("POST", "/v1/pages", body)?;
        created.push(json!({
            "id": object.at("id"),
            "url": object.at("url"),
            "properties": values::plain_all(object.at("properties")),
        }));
        let words = format!("Created {} of {}", created.len(), wanted.len());
        work.step(created.len(), Some(wanted.len()), &words).await?;
    }
    Ok(json!({ "pages": created }))
}
