//! Formulas, as far as the emulator needs them: a literal, or one property by name. Notion's formula
//! language is large, and what the host must know of a formula is its type and that it can't be set.

use serde_json::{Value, json};

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::read;
use crate::rich_text::plain;

/// What stands under `formula`.
pub(crate) fn value(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
    let expression = property.config.text("expression").unwrap_or_default().trim();
    if let Ok(number) = expression.parse::<f64>() {
        return json!({"type": "number", "number": number});
    }
    if let Ok(truth) = expression.parse::<bool>() {
        return json!({"type": "boolean", "boolean": truth});
    }
    if let Some(text) = expression.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return json!({"type": "string", "string": text});
    }
    let named = expression.strip_prefix("prop(\"").and_then(|rest| rest.strip_suffix("\")"));
    let source = named.and_then(|name| data_source.property(name)).filter(|source| source.kind != "formula");
    let Some(source) = source else { return json!({"type": "string", "string": null}) };
    let content = read::content(workspace, data_source, page, source);
    match source.kind.as_str() {
        "number" => json!({"type": "number", "number": content}),
        "unique_id" => json!({"type": "number", "number": content.at("number")}),
        "checkbox" => json!({"type": "boolean", "boolean": content}),
        "date" => json!({"type": "date", "date": content}),
        "title" | "rich_text" => json!({"type": "string", "string": plain(&content)}),
        "select" | "status" => json!({"type": "string", "string": content.at("name")}),
        "url" | "email" | "phone_number" => json!({"type": "string", "string": content}),
        _ => json!({"type": "string", "string": null}),
    }
}
