//! Writes of which only what is there says how strong they are: a column that is given another type loses its values in every
//! row, and the same body adds the column where there is none of that name.

use serde_json::{Map, Value};
use toolbay_kernel::Access;

use crate::request::NotionRequest;
use crate::routes;

/// What a column's definition has beside its type.
const NO_TYPES: [&str; 3] = ["name", "description", "type"];

/// The read of the schema that a request may retype; none where it names no type.
pub(crate) fn of(request: &NotionRequest) -> Option<NotionRequest> {
    let [_, kind, id] = request.segments.as_slice() else { return None };
    let is_typed =
        kind == "data_sources" && columns(request)?.values().any(|column| type_of(column).is_some());
    is_typed.then(|| routes::read(&["v1", kind, id].map(str::to_owned), Vec::new()).ok())?
}

/// How strong the request is, by that schema.
pub(crate) fn judged(request: &NotionRequest, schema: &Value) -> Access {
    let known = schema.get("properties").and_then(Value::as_object);
    let is_retyped = |(given, column): (&String, &Value)| {
        // A column is named, or meant by its id.
        let there = known.into_iter().flatten().find(|(name, there)| {
            *name == given || there.get("id").and_then(Value::as_str) == Some(given.as_str())
        });
        let there = there.and_then(|(_, there)| there.get("type")?.as_str());
        matches!((there, type_of(column)), (Some(there), Some(wanted)) if there != wanted)
    };
    let is_retyped = columns(request).is_some_and(|columns| columns.iter().any(is_retyped));
    if is_retyped { Access::Destroys } else { request.route.access }
}

fn columns(request: &NotionRequest) -> Option<&Map<String, Value>> {
    request.body.as_ref()?.get("properties")?.as_object()
}

fn type_of(column: &Value) -> Option<&str> {
    let column = column.as_object()?;
    let said = column.get("type").and_then(Value::as_str);
    said.or_else(|| column.keys().map(String::as_str).find(|key| !NO_TYPES.contains(key)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use toolbay_kernel::gate::{Method, Request};

    use super::*;
    use crate::request::NAME;

    fn change(properties: Value) -> NotionRequest {
        let path = "/v1/data_sources/01234567-89ab-cdef-0123-456789abcdef".to_owned();
        let body = Some(json!({"properties": properties}));
        let request =
            Request { egress: NAME, method: Method::Patch, path, query: Vec::new(), body, max_age: None };
        routes::resolve(request).unwrap()
    }

    #[test]
    fn a_column_that_is_given_another_type_destroys() {
        let schema = json!({"properties": {"Notes": {"id": "n1", "name": "Notes", "type": "rich_text"}}});
        for (properties, access) in [
            (json!({"Notes": {"checkbox": {}}}), Access::Destroys),
            (json!({"n1": {"type": "number", "number": {}}}), Access::Destroys),
            (json!({"Notes": {"name": "Remarks", "date": {}}}), Access::Destroys),
            (json!({"Notes": {"rich_text": {}}}), Access::Writes),
            (json!({"New": {"checkbox": {}}}), Access::Writes),
        ] {
            let request = change(properties.clone());
            assert!(of(&request).is_some(), "{properties}");
            assert_eq!(judged(&request, &schema), access, "{properties}");
        }
        assert!(of(&change(json!({"Notes": {"name": "Remarks"}}))).is_none(), "nothing to look at");
    }
}
