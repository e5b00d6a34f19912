//! A tool as an operation.

use serde_json::{Map, Value, json};
use toolbay_kernel::schema::{MAX_TOOL_DESCRIPTION, shorten};
use toolbay_kernel::tool::RouteMethod;
use toolbay_kernel::{Access, Route, Tool};

use super::placed::Placed;
use super::shared::{Refusals, responses};
use super::typed::typed;

/// How much an operation says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Within the limits of Actions.
    Short,
    /// The whole description.
    Whole,
}

/// The operation of a tool, at its first own route or else below `/v1/tools`.
pub(super) fn operation(tool: &Tool, detail: Detail) -> Placed {
    at(tool, tool.definition.routes.first(), tool.name().to_string(), detail)
}

/// The operations of a tool at its other routes. They are the same tool; in camel case, so that no tool can have their ids.
pub(super) fn at_other_routes(tool: &Tool) -> impl Iterator<Item = Placed> {
    let others = tool.definition.routes.iter().enumerate().skip(1);
    others.map(|(place, route)| {
        at(tool, Some(route), format!("{}Route{}", tool.name(), place + 1), Detail::Whole)
    })
}

fn at(tool: &Tool, route: Option<&Route>, id: String, detail: Detail) -> Placed {
    let name = tool.name();
    let (path, method, in_path, takes_body) = match route {
        None => (format!("/v1/tools/{name}"), "post", Vec::new(), true),
        Some(route) => {
            let (method, takes_body) = match route.method() {
                RouteMethod::Get => ("get", false),
                RouteMethod::Delete => ("delete", false),
                RouteMethod::Post => ("post", true),
                RouteMethod::Patch => ("patch", true),
            };
            (route.path().to_owned(), method, route.parameters().collect(), takes_body)
        }
    };
    let description = match detail {
        Detail::Short => shorten(&tool.definition.description, MAX_TOOL_DESCRIPTION),
        Detail::Whole => tool.definition.description.clone(),
    };
    let mut operation = json!({
        "operationId": id,
        "tags": [tool.provider.name()],
        "summary": shorten(&tool.definition.title, MAX_TOOL_DESCRIPTION),
        "description": description,
        "x-openai-isConsequential": tool.definition.access != Access::Reads,
    });
    if let Some(members) = operation.as_object_mut() {
        let parameters = parameters(&tool.input_schema, &in_path, takes_body);
        if !parameters.is_empty() {
            members.insert("parameters".into(), parameters.into());
        }
        if takes_body {
            members.insert("requestBody".into(), body(&tool.input_schema, &in_path));
        }
        let refusals = if takes_body { Refusals::CallWithBody } else { Refusals::Call };
        members.insert("responses".into(), responses(result(tool), refusals));
    }
    Placed { path, method, operation }
}

fn result(tool: &Tool) -> Value {
    match &tool.output_schema {
        Some(schema) => Value::Object((**schema).clone()),
        // No type: a tool that declares nothing may also answer with content alone.
        None => json!({"description": "What the tool answers."}),
    }
}

fn parameters(input: &Map<String, Value>, in_path: &[&str], takes_body: bool) -> Vec<Value> {
    let Some(Value::Object(properties)) = input.get("properties") else { return Vec::new() };
    let path = in_path.iter().map(|name| parameter(name, "path", true, properties.get(*name)));
    if takes_body {
        return path.collect();
    }
    let query = properties.iter().filter(|(name, _)| !in_path.contains(&name.as_str()));
    path.chain(query.map(|(name, schema)| parameter(name, "query", is_required(input, name), Some(schema))))
        .collect()
}

fn parameter(name: &str, place: &str, required: bool, schema: Option<&Value>) -> Value {
    let mut schema = schema.and_then(Value::as_object).cloned().unwrap_or_default();
    let description = schema.shift_remove("description");
    // What isn't plain is sent as its JSON text; the door reads it.
    let is_nested = |schema: &Map<String, Value>| {
        !matches!(
            schema.get("type").and_then(Value::as_str),
            Some("string" | "integer" | "number" | "boolean")
        )
    };
    let items_are_nested = || schema.get("items").and_then(Value::as_object).is_none_or(is_nested);
    let is_plain_list = schema.get("type").is_some_and(|kind| kind == "array") && !items_are_nested();
    if is_nested(&schema) && !is_plain_list {
        schema = Map::from_iter([("type".to_owned(), json!("string"))]);
    }
    let mut parameter = json!({"name": name, "in": place, "required": required});
    if let Some(members) = parameter.as_object_mut() {
        if let Some(description) = description {
            members.insert("description".into(), description);
        }
        members.insert("schema".into(), Value::Object(schema));
    }
    parameter
}

fn body(input: &Map<String, Value>, in_path: &[&str]) -> Value {
    let mut schema = typed(input.clone());
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, _| !in_path.contains(&name.as_str()));
    }
    let mut is_needed = false;
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| in_path.contains(&name)));
        is_needed = !required.is_empty();
    }
    if !is_needed {
        schema.shift_remove("required");
    }
    json!({"required": is_needed, "content": {"application/json": {"schema": schema}}})
}

fn is_required(input: &Map<String, Value>, name: &str) -> bool {
    let required = input.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|needed| needed == name))
}
