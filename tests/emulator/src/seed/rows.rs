//! Many rows at once, for lists that don't fit a page.

use serde_json::{Value, json};

use crate::call::Call;
use crate::handlers::pages_create;
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::parent::Parent;
use crate::properties::write;
use crate::seed::make::rich;

/// The most rows of one item.
const LIMIT: u64 = 100_000;

/// Plants `count` rows with a title and the same properties. `{n}` in a text is the row's number; alone, where the
/// value is a number, it is that number.
pub(crate) fn plant(workspace: &mut Workspace, owner: &Call, item: &Value) -> Result<Vec<Value>, String> {
    let count = item.at("count").as_u64().unwrap_or(1);
    if count > LIMIT {
        return Err(format!("At most {LIMIT} rows can be planted at once."));
    }
    let title = item.text("title").unwrap_or("Row");
    let data_source = item.text("data_source_id").unwrap_or_default();
    let title_name = workspace
        .data_sources
        .get(data_source)
        .and_then(|found| found.properties.iter().find(|property| property.kind == "title"))
        .map(|property| property.name.clone())
        .ok_or_else(|| format!("No data source {data_source}."))?;
    let mut ids = Vec::new();
    for number in 1..=count {
        let mut properties = json!({});
        for (name, value) in item.at("properties").as_object().into_iter().flatten() {
            put(&mut properties, name, numbered(value, number));
        }
        let title = if title.contains("{n}") {
            title.replace("{n}", &number.to_string())
        } else {
            format!("{title} {number}")
        };
        put(&mut properties, &title_name, json!({"title": rich(&title)}));
        let id = workspace.mint();
        pages_create::insert(workspace, owner, &id, Parent::DataSource(data_source.to_owned()));
        write::defaults(workspace, &id, data_source);
        write::apply(owner, workspace, &id, &properties).map_err(|refusal| refusal.message)?;
        ids.push(json!(id));
    }
    Ok(ids)
}

fn numbered(value: &Value, number: u64) -> Value {
    match value {
        Value::Object(map) if map.text("number") == Some("{n}") => json!({"number": number}),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, member)| (key.clone(), numbered(member, number))).collect())
        }
        Value::Array(items) => items.iter().map(|item| numbered(item, number)).collect(),
        Value::String(text) => json!(text.replace("{n}", &number.to_string())),
        other => other.clone(),
    }
}
