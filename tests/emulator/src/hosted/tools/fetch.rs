//! `notion-fetch`.

use serde_json::{Value, json};

use super::definition::{Outcome, Strength, Tool, arguments};
use super::work::Work;
use super::{place, values};
use crate::errors::Refusal;
use crate::json::Peek;

pub(super) fn tool() -> Tool {
    Tool {
        name: "notion-fetch",
        title: "Read a page, database or data source",
        description: "Reads one object: a page with its properties and its content as markdown, a database with its data \
                      sources, or a data source with its columns. The id \"self\" says who and where the caller is.",
        strength: Strength::Reads,
        has_steps: false,
        schema: arguments(
            &["id"],
            json!({
                "id": {
                    "type": "string", "minLength": 1, "maxLength": 2000,
                    "description": "A UUID, the address of a page or database, collection:// and a UUID for a data source, or \"self\"."
                }
            }),
        ),
        run: |work, arguments| -> Outcome<'_> { Box::pin(async move { fetch(work, arguments) }) },
    }
}

fn fetch(work: &Work, arguments: &Value) -> Result<Value, Refusal> {
    let wanted = arguments.text("id").unwrap_or_default();
    if wanted == "self" {
        let user = work.ask("GET", &format!("/v1/users/{}", work.integration.bot_id), Value::Null)?;
        return Ok(json!({
            "metadata": { "type": "self" },
            "title": user.at("name"),
            "text": format!("<user id=\"{}\">{}</user>", work.integration.bot_id, user.text("name").unwrap_or_default()),
            "user": user,
        }));
    }
    let id = place::id(wanted)?;
    if wanted.trim().starts_with("collection://") {
        return data_source(work, &id);
    }
    let missing =
        |refusal: &Refusal| matches!(refusal.code.as_str(), "object_not_found" | "validation_error");
    match work.ask("GET", &format!("/v1/pages/{id}"), Value::Null) {
        Ok(object) => page(work, &id, &object),
        Err(refusal) if missing(&refusal) => {
            match work.ask("GET", &format!("/v1/databases/{id}"), Value::Null) {
                Ok(object) => Ok(database(&object)),
                Err(_) => data_source(work, &id).map_err(|_| refusal),
            }
        }
        Err(refusal) => Err(refusal),
    }
}

fn page(work: &Work, id: &str, object: &Value) -> Result<Value, Refusal> {
    let content = work.ask("GET", &format!("/v1/pages/{id}/markdown"), Value::Null)?;
    let properties = values::plain_all(object.at("properties"));
    let url = object.text("url").unwrap_or_default();
    let text = format!(
        "<page url=\"{url}\">\n<properties>\n{properties}\n</properties>\n<content>\n{}\n</content>\n</page>",
        content.text("markdown").unwrap_or_default(),
    );
    Ok(json!({
        "metadata": { "type": "page" },
        "title": values::title(object),
        "url": url,
        "text": text,
    }))
}

fn database(object: &Value) -> Value {
    let sources: Vec<String> = object
        .items("data_sources")
        .iter()
        .map(|source| {
            format!(
                "<data-source url=\"collection://{}\">{}</data-source>",
                source.text("id").unwrap_or_default(),
                source.text("name").unwrap_or_default()
            )
        })
        .collect();
    let url = object.text("url").unwrap_or_default();
    json!({
        "metadata": { "type": "database" },
        "title": values::text(object.at("title")),
        "url": url,
        "text": format!("<database url=\"{url}\">\n{}\n</database>", sources.join("\n")),
    })
}

fn data_source(work: &Work, id: &str) -> Result<Value, Refusal> {
    let object = work.ask("GET", &format!("/v1/data_sources/{id}"), Value::Null)?;
    let columns: serde_json::Map<String, Value> = object
        .at("properties")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, column)| (name.clone(), values::column(column)))
        .collect();
    Ok(json!({
        "metadata": { "type": "data_source" },
        "title": values::text(object.at("title")),
        "url": format!("collection://{id}"),
        "text": format!("<data-source url=\"collection://{id}\">\n{}\n</data-source>", Value::Object(columns)),
    }))
}
