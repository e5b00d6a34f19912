//! The template that a caller means.

use toolbay_sdk::notion::{DataSource, Object, SCHEMA_AGE, names};
use toolbay_sdk::prelude::*;

/// The `template` of a request, from `default`, an id, or a name.
pub(super) fn find(call: &Call, source: &DataSource, wanted: &str) -> Result<Value, Problem> {
    let wanted = wanted.trim();
    if wanted.eq_ignore_ascii_case("default") || wanted.eq_ignore_ascii_case("none") {
        return Ok(json!({ "type": wanted.to_ascii_lowercase() }));
    }
    if let Some(id) = Object::Page.find_unless_name(wanted)? {
        return Ok(json!({ "type": "template_id", "template_id": id }));
    }
    let listed = call
        .notion()
        .get(["v1", "data_sources", source.id.as_str(), "templates"])
        .query("page_size", 100)
        .max_age(SCHEMA_AGE)
        .send()?
        .body;
    let templates = listed.get("templates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name_of = |template: &'_ Value| template.get("name").and_then(Value::as_str).map(str::to_owned);
    let owned: Vec<String> = templates.iter().filter_map(name_of).collect();
    let known: Vec<&str> = owned.iter().map(String::as_str).collect();
    let name = names::find(wanted, &known, "template")?;
    let template =
        templates.iter().find(|template| template.get("name").and_then(Value::as_str) == Some(name));
    let id = template.and_then(|template| template.get("id"));
    let id = id.ok_or_else(|| Problem::upstream_failed("Notion listed a template without an id."))?;
    Ok(json!({ "type": "template_id", "template_id": id }))
}
