//! What is asked of rows and written into them, where a data source leads outside.
//!
//! A filter or an order over a relation, a rollup or a formula tells what the related rows hold, as an answer with their
//! values would. A relation that leads outside shows no values, so that writing one would take away what the writer can't
//! see, on both sides.

use serde_json::{Map, Value};
use toolbay_kernel::narrowing::{Above, Denied, Object, View};

use super::admit::{absent, refused};
use super::objects::{DATA_SOURCE, PAGE, VIEW, closed};
use crate::request::NotionRequest;

/// Refuses filters and orders that would tell what is outside.
pub(super) fn check(body: &Value, source: &Object, view: &View<'_>) -> Result<(), Denied> {
    let asked: Vec<&Value> = ["filter", "sorts", "quick_filters"]
        .iter()
        .filter_map(|key| body.get(*key))
        .filter(|asked| !asked.is_null())
        .collect();
    if asked.is_empty() || view.holds(&closed(&source.id)) {
        return Ok(());
    }
    let Some(fact) = view.fact(source) else { return absent(source) };
    let mut names = Vec::new();
    asked.iter().for_each(|asked| collect(asked, &mut names));
    if let Some(Value::Object(quick)) = body.get("quick_filters") {
        names.extend(quick.keys().map(String::as_str));
    }
    for name in names {
        match fact.detail.get(name).and_then(Value::as_object) {
            Some(column) if column.contains_key("computed") => {
                return refused("a filter or an order over what is computed from rows outside");
            }
            Some(column) if leads_outside(column, view) => {
                return refused("a filter or an order over a relation that leads outside");
            }
            Some(_) => {}
            // Notion may know it by a name that the schema doesn't have.
            None => {
                return refused("a filter or an order over a property that isn't in the schema by this name");
            }
        }
    }
    Ok(())
}

/// The names and ids of properties in a filter or an order, whatever its form.
fn collect<'a>(asked: &'a Value, names: &mut Vec<&'a str>) {
    match asked {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(name) if key == "property" || key == "property_id" => names.push(name),
                    _ => collect(member, names),
                }
            }
        }
        _ => {}
    }
}

/// Whether a column is a relation to what is outside.
fn leads_outside(column: &Map<String, Value>, view: &View<'_>) -> bool {
    let Some(target) = column.get("relation") else { return false };
    !view.holds(&Object::place(DATA_SOURCE, target.as_str().unwrap_or_default()))
}

/// Refuses to write into relations of a page that lead outside.
pub(super) fn check_values(request: &NotionRequest, page: &Object, view: &View<'_>) -> Result<(), Denied> {
    let properties = request.body.as_ref().and_then(|body| body.get("properties")).and_then(Value::as_object);
    let mut related =
        properties.into_iter().flatten().filter(|(_, value)| value.get("relation").is_some()).peekable();
    if related.peek().is_none() {
        return Ok(());
    }
    let Some(fact) = view.fact(page) else { return absent(page) };
    // A page that is no row has no relations; Notion says so.
    let Above::Object(source) = &fact.above else { return Ok(()) };
    if source.kind != DATA_SOURCE {
        return Ok(());
    }
    let Some(columns) = view.fact(source) else { return absent(page) };
    for (name, _) in related {
        let column = columns.detail.get(name).and_then(Value::as_object);
        if column.is_none_or(|column| leads_outside(column, view)) {
            return refused("writing into a relation that leads outside");
        }
    }
    Ok(())
}

/// Refuses to change columns whose other side is outside.
pub(super) fn check_schema(request: &NotionRequest, source: &Object, view: &View<'_>) -> Result<(), Denied> {
    let properties = request.body.as_ref().and_then(|body| body.get("properties")).and_then(Value::as_object);
    let Some(changed) = properties.filter(|changed| !changed.is_empty()) else { return Ok(()) };
    computes_nothing(request.body.as_ref().unwrap_or(&Value::Null))?;
    let Some(columns) = view.fact(source) else { return absent(source) };
    for name in changed.keys() {
        let column = columns.detail.get(name).and_then(Value::as_object);
        if column.is_some_and(|column| leads_outside(column, view)) {
            return refused("changing a relation that leads outside");
        }
    }
    Ok(())
}

/// Refuses to define what is computed: whether Notion takes it tells the columns of data sources that a relation leads to.
pub(super) fn computes_nothing(body: &Value) -> Result<(), Denied> {
    let of = |properties: Option<&Value>| {
        let columns = properties.and_then(Value::as_object).into_iter().flatten();
        columns
            .into_iter()
            .any(|(_, column)| column.get("rollup").is_some() || column.get("formula").is_some())
    };
    let first = body.get("initial_data_source").and_then(|source| source.get("properties"));
    if of(body.get("properties")) || of(first) {
        return refused("defining a rollup or a formula");
    }
    Ok(())
}

/// The data source that a request for a view is about.
pub(super) fn source_of_view(request: &NotionRequest, view: &View<'_>) -> Option<Object> {
    let body = request.body.as_ref();
    let named = body.and_then(|body| body.get("data_source_id")).and_then(Value::as_str);
    if let Some(id) = named.and_then(crate::routes::normalise_id) {
        return Some(Object::place(DATA_SOURCE, id));
    }
    let shown = super::objects::named(request).into_iter().find(|object| object.kind == VIEW)?;
    let fact = view.fact(&shown)?;
    fact.needs.iter().find(|needed| needed.kind == DATA_SOURCE).cloned()
}

/// The data source that a page is a row of, when it is one.
pub(super) fn source_of_page(page: &str, view: &View<'_>) -> Option<Object> {
    let fact = view.fact(&Object::place(PAGE, page))?;
    match &fact.above {
        Above::Object(source) if source.kind == DATA_SOURCE => Some(source.clone()),
        _ => None,
    }
}
