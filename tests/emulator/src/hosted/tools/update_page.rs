//! `notion-update-page`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::work::Work;
use super::{place, values};
use crate::errors::{Refusal, invalid};
use crate::json::Peek;

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-update-page",
        title: "Change a page",
        description: "Changes a page by one command: update_properties sets the named ones; update_content replaces \
                      texts, each of which must be on the page once, all or none; replace_content replaces everything.",
        strength: Strength::Destroys,
        has_steps: false,
        schema: arguments(
            &["page_id", "command"],
            json!({
                "page_id": { "type": "string", "description": "The page, by id or address." },
                "command": {
                    "type": "string",
                    "enum": ["update_properties", "update_content", "replace_content"],
                    "description": "What to do; each needs the argument that is named for it."
                },
                "properties": values::schema(),
                "content_updates": {
                    "type": "array", "minItems": 1, "maxItems": 100,
                    "description": "For update_content: texts and what takes their place.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "old_str": { "type": "string", "minLength": 1, "description": "A text of the page." },
                            "new_str": { "type": "string", "description": "What takes its place." },
                            "replace_all_matches": { "type": "boolean", "description": "Whether it may be there more than once." }
                        },
                        "required": ["old_str", "new_str"],
                        "additionalProperties": false
                    }
                },
                "new_str": { "type": "string", "description": "For replace_content: the new content, as markdown." },
                "allow_deleting_content": {
                    "type": "boolean",
                    "description": "Whether child pages and databases may go to the trash with what is replaced."
                }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { update(work, arguments) }) },
    }
}

fn update(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let id = place::id(arguments.text("page_id").unwrap_or_default())?;
    let needs = |argument: &str| invalid(format!("The command needs {argument}."));
    let allow = arguments.is_true("allow_deleting_content");
    match arguments.text("command") {
        Some("update_properties") => {
            if !arguments.has("properties") {
                return Err(needs("properties"));
            }
            let page = work.ask("GET", &format!("/v1/pages/{id}"), Value::Null)?;
            let columns = values::columns(work, page.at("parent"))?;
            let properties = values::to_api(arguments.at("properties"), &columns)?;
            work.ask("PATCH", &format!("/v1/pages/{id}"), json!({ "properties": properties }))?;
        }
        Some(command @ "update_content") => {
            if !arguments.has("content_updates") {
                return Err(needs("content_updates"));
            }
            let what = json!({
                "content_updates": arguments.at("content_updates"),
                "allow_deleting_content": allow,
            });
            rewrite(work, &id, command, what)?;
        }
        Some(command) => {
            let text = arguments.text("new_str").ok_or_else(|| needs("new_str"))?;
            rewrite(work, &id, command, json!({ "new_str": text, "allow_deleting_content": allow }))?;
        }
        None => return Err(needs("a name")),
    }
    Ok(json!({ "page_id": id }))
}

fn rewrite(work: &Work, id: &str, command: &str, what: Value) -> Result<Value, Refusal> {
    work.ask("PATCH", &format!("/v1/pages/{id}/markdown"), json!({ "type": command, command: what }))
}
