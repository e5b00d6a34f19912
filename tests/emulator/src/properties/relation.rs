//! The two sides of a relation in the schemas: one way, or both ways with a property in the other data source.

use serde_json::{Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::identifiers::canonical;
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::Property;
use crate::model::parent::Parent;
use crate::rich_text::plain;

/// The property that a relation is, or is going to be.
pub(crate) struct Place<'a> {
    pub(crate) data_source_id: &'a str,
    pub(crate) property_id: &'a str,
    pub(crate) name: &'a str,
}

/// The config of a new relation; a two-way one gets its other side at once.
pub(crate) fn create(
    call: &Call,
    workspace: &mut Workspace,
    place: &Place,
    wanted: &Value,
) -> Result<Value, Refusal> {
    let target_id = canonical(wanted.text("data_source_id").unwrap_or_default());
    let target = call.data_source(workspace, &target_id)?;
    let mut config = json!({"database_id": target.parent.id(), "data_source_id": target_id});
    if wanted.has("single_property") {
        put(&mut config, "type", json!("single_property"));
        put(&mut config, "single_property", json!({}));
        return Ok(config);
    }
    let source = workspace.data_sources.get(place.data_source_id).cloned();
    let source_title = source.as_ref().map(|source| plain(&source.title)).unwrap_or_default();
    let synced_name = wanted
        .at("dual_property")
        .text("synced_property_name")
        .map_or_else(|| format!("Related to {source_title} ({})", place.name), str::to_owned);
    let is_taken = target.property(&synced_name).is_some()
        || (target_id == place.data_source_id && synced_name == place.name);
    if is_taken {
        return Err(invalid(format!("Property {synced_name} already exists in the related data source.")));
    }
    let synced_id = workspace.minter.property_id();
    let back = Property {
        id: synced_id.clone(),
        name: synced_name.clone(),
        description: Value::Null,
        kind: "relation".to_owned(),
        config: json!({
            "database_id": source.as_ref().and_then(|source| source.parent.id()),
            "data_source_id": place.data_source_id,
            "type": "dual_property",
            "dual_property": {"synced_property_name": place.name, "synced_property_id": place.property_id},
        }),
    };
    if let Some(target) = workspace.data_source_mut(&target_id) {
        target.properties.push(back);
    }
    put(&mut config, "type", json!("dual_property"));
    put(
        &mut config,
        "dual_property",
        json!({"synced_property_name": synced_name, "synced_property_id": synced_id}),
    );
    Ok(config)
}

/// The config of a relation after a change. What it held stays as long as it leads to the same data source.
pub(crate) fn change(
    call: &Call,
    workspace: &mut Workspace,
    place: &Place,
    property: &Property,
    wanted: &Value,
) -> Result<Value, Refusal> {
    let old = &property.config;
    let same_target = wanted.text("data_source_id").map(canonical).as_deref() == old.text("data_source_id");
    let (was_dual, is_dual) = (old.has("dual_property"), wanted.has("dual_property"));
    let new_name = wanted.at("dual_property").text("synced_property_name");
    let same_name =
        new_name.is_none_or(|name| old.at("dual_property").text("synced_property_name") == Some(name));
    if same_target && was_dual == is_dual && (!is_dual || same_name) {
        return Ok(old.clone());
    }
    if same_target && was_dual && is_dual {
        return Err(invalid("The property of the other side is renamed in its own data source."));
    }
    remove_other_side(workspace, property);
    let config = create(call, workspace, place, wanted)?;
    let other_side = config.at("dual_property").text("synced_property_id").map(str::to_owned);
    for row in workspace.rows(place.data_source_id) {
        if !same_target && let Some(page) = workspace.pages.get_mut(&row.id) {
            page.values.remove(place.property_id);
        }
        // What it held is seen from the new other side too.
        if same_target && let Some(other_side) = &other_side {
            for id in row.values.get(place.property_id).and_then(Value::as_array).into_iter().flatten() {
                let Some(related) = id.as_str().and_then(|id| workspace.pages.get_mut(id)) else { continue };
                let held = related.values.entry(other_side.clone()).or_insert_with(|| json!([]));
                if let Some(held) = held.as_array_mut() {
                    held.push(json!(row.id));
                }
            }
        }
    }
    Ok(config)
}

/// Takes away the other side of a two-way relation, with what it held.
pub(crate) fn remove_other_side(workspace: &mut Workspace, property: &Property) {
    let other = property.config.at("dual_property").text("synced_property_id");
    let (Some(other), Some(target)) = (other, property.config.text("data_source_id")) else { return };
    if let Some(target) = workspace.data_source_mut(target) {
        target.properties.retain(|held| held.id != other);
    }
    for row in workspace.rows(target) {
        if row.values.contains_key(other)
            && let Some(page) = workspace.pages.get_mut(&row.id)
        {
            page.values.remove(other);
        }
    }
}

/// Keeps the other side of a two-way relation in step with a value that is about to be stored.
pub(crate) fn mirror(workspace: &mut Workspace, page_id: &str, property: &Property, value: &Value) {
    let Some(other_side) = property.config.at("dual_property").text("synced_property_id").map(str::to_owned)
    else {
        return;
    };
    let ids = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let before = workspace
        .pages
        .get(page_id)
        .and_then(|page| page.values.get(&property.id))
        .map(ids)
        .unwrap_or_default();
    let after = ids(value);
    for id in before.iter().filter(|id| !after.contains(id)) {
        edit_list(workspace, id, &other_side, |list| list.retain(|held| held != page_id));
    }
    for id in after.iter().filter(|id| !before.contains(id)) {
        edit_list(workspace, id, &other_side, |list| list.push(page_id.to_owned()));
    }
}

fn edit_list(
    workspace: &mut Workspace,
    page_id: &str,
    property_id: &str,
    edit: impl FnOnce(&mut Vec<String>),
) {
    if let Some(page) = workspace.page_mut(page_id) {
        let mut list: Vec<String> = page
            .values
            .get(property_id)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        edit(&mut list);
        page.values.insert(property_id.to_owned(), json!(list));
    }
}

/// The pages that a value of a relation may name: rows of the data source that it leads to.
pub(crate) fn check(
    call: &Call,
    workspace: &Workspace,
    property: &Property,
    value: &Value,
) -> Result<Value, Refusal> {
    let target = property.config.text("data_source_id").unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    for reference in value.as_array().into_iter().flatten() {
        let id = canonical(reference.text("id").unwrap_or_default());
        let page = call.page(workspace, &id)?;
        if !matches!(&page.parent, Parent::DataSource(parent) if parent == target) {
            return Err(invalid(format!(
                "Page with ID {id} is not in the data source that the relation points to."
            )));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(json!(ids))
}
