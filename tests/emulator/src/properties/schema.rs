//! Changing the schema of a data source: properties made, renamed, retyped, removed.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::properties::{convert, formula, options, relation, rollup};
use crate::schemas::collections::KINDS;

/// The options that a status gets when the request names none.
const STATUS_OPTIONS: [(&str, &str); 3] =
    [("Not started", "default"), ("In progress", "blue"), ("Done", "green")];

/// The type that a property of a request is of.
pub(crate) fn kind_of(wanted: &Value) -> Option<&'static str> {
    KINDS.iter().copied().find(|kind| wanted.has(kind))
}

/// Makes the properties of a new data source. A schema without a title gets one named "Name".
pub(crate) fn create(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    wanted: &Value,
) -> Result<(), Refusal> {
    let empty = Map::new();
    let requested = wanted.as_object().unwrap_or(&empty);
    let titles = requested.values().filter(|property| property.has("title")).count();
    if titles > 1 {
        return Err(invalid("A data source must have exactly one title property."));
    }
    if titles == 0 {
        add(call, workspace, data_source_id, "Name", &json!({"title": {}}))?;
    }
    for (name, property) in requested {
        add(call, workspace, data_source_id, name, property)?;
    }
    settle_formulas(workspace, data_source_id)
}

/// Checks the formulas that a request brought once all of its columns are there, since one may name a column that comes
/// later in the body (recorded), and has them name columns by their ids.
fn settle_formulas(workspace: &mut Workspace, data_source_id: &str) -> Result<(), Refusal> {
    let Some(data_source) = workspace.data_sources.get(data_source_id).cloned() else { return Ok(()) };
    for property in data_source.properties.iter().filter(|property| property.config.is_true(formula::FRESH)) {
        let expression = property.config.text("expression").unwrap_or_default();
        if let Some(problem) = formula::problem(&data_source, &property.id, expression) {
            return Err(invalid(problem));
        }
        let settled = json!({"expression": formula::settled(&data_source, expression)});
        if let Some(held) = edit(workspace, data_source_id)?.property_mut(&property.id) {
            held.config = settled;
        }
    }
    Ok(())
}

/// Changes the schema as `PATCH /v1/data_sources/{id}` asks: a key is a name or an id, `null` removes.
pub(crate) fn update(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    wanted: &Value,
) -> Result<(), Refusal> {
    for (key, change) in wanted.as_object().into_iter().flatten() {
        let known = workspace
            .data_sources
            .get(data_source_id)
            .and_then(|data_source| data_source.property(key))
            .cloned();
        match known {
            None if change.is_null() || kind_of(change).is_none() => {
                return Err(invalid(format!("{key} is not a property that exists.")));
            }
            None => add(call, workspace, data_source_id, change.text("name").unwrap_or(key), change)?,
            Some(property) if change.is_null() => remove(workspace, data_source_id, &property)?,
            Some(property) => alter(call, workspace, data_source_id, &property, change)?,
        }
    }
    settle_formulas(workspace, data_source_id)
}

fn edit<'a>(workspace: &'a mut Workspace, data_source_id: &str) -> Result<&'a mut DataSource, Refusal> {
    workspace.data_source_mut(data_source_id).ok_or_else(|| invalid("The data source is gone."))
}

fn add(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    name: &str,
    wanted: &Value,
) -> Result<(), Refusal> {
    let kind = kind_of(wanted).ok_or_else(|| invalid(format!("The type of property {name} is missing.")))?;
    let data_source = workspace.data_sources.get(data_source_id).cloned();
    let properties =
        data_source.as_ref().map(|data_source| data_source.properties.as_slice()).unwrap_or_default();
    if properties.iter().any(|property| property.name == name) {
        return Err(invalid(format!("Property {name} already exists.")));
    }
    for only_one in ["title", "unique_id"] {
        if kind == only_one && properties.iter().any(|property| property.kind == only_one) {
            return Err(invalid(format!("A data source can have one {only_one} property only.")));
        }
    }
    let id = if kind == "title" { "title".to_owned() } else { workspace.minter.property_id() };
    let config = config_for(call, workspace, data_source_id, &id, name, kind, wanted.at(kind))?;
    let property = Property {
        id: id.clone(),
        name: name.to_owned(),
        description: wanted.at("description").clone(),
        kind: kind.to_owned(),
        config,
    };
    let numbered = kind == "unique_id";
    edit(workspace, data_source_id)?.properties.push(property);
    if numbered {
        number_rows(workspace, data_source_id, &id);
    }
    Ok(())
}

/// Rows that were there before a `unique_id` property get their numbers in the order of creation.
fn number_rows(workspace: &mut Workspace, data_source_id: &str, property_id: &str) {
    let rows = workspace.rows(data_source_id);
    for (position, row) in rows.iter().enumerate() {
        if let Some(page) = workspace.pages.get_mut(&row.id) {
            page.values.insert(property_id.to_owned(), json!(position + 1));
        }
    }
}

fn remove(workspace: &mut Workspace, data_source_id: &str, property: &Property) -> Result<(), Refusal> {
    if property.kind == "title" {
        return Err(invalid("The title property can't be removed."));
    }
    edit(workspace, data_source_id)?.properties.retain(|held| held.id != property.id);
    // Both sides of a two-way relation go together.
    relation::remove_other_side(workspace, property);
    Ok(())
}

fn alter(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    property: &Property,
    change: &Value,
) -> Result<(), Refusal> {
    if let Some(name) = change.text("name") {
        let taken = edit(workspace, data_source_id)?
            .properties
            .iter()
            .any(|held| held.name == name && held.id != property.id);
        if taken {
            return Err(invalid(format!("Property {name} already exists.")));
        }
        rename(workspace, data_source_id, property, name);
    }
    if change.has("description")
        && let Some(held) = edit(workspace, data_source_id)?.property_mut(&property.id)
    {
        held.description = change.at("description").clone();
    }
    let Some(kind) = kind_of(change) else { return Ok(()) };
    let wanted = change.at(kind);
    let config = if kind == property.kind {
        match kind {
            "select" | "multi_select" | "status" => {
                changed_options(workspace, kind, &property.config, wanted)?
            }
            "number" if !wanted.has("format") => property.config.clone(),
            "formula" if !wanted.has("expression") => property.config.clone(),
            "unique_id" if !wanted.has("prefix") => property.config.clone(),
            "title" => json!({}),
            "relation" => {
                let name = change.text("name").unwrap_or(&property.name);
                let place = relation::Place { data_source_id, property_id: &property.id, name };
                relation::change(call, workspace, &place, property, wanted)?
            }
            _ => config_for(call, workspace, data_source_id, &property.id, &property.name, kind, wanted)?,
        }
    } else {
        if property.kind == "title" || kind == "title" {
            return Err(invalid("The type of a title property can't be changed."));
        }
        if kind == "status" || property.kind == "status" {
            return Err(invalid("A property can't be changed to or from status."));
        }
        if kind == "unique_id" || property.kind == "unique_id" {
            return Err(invalid("A property can't be changed to or from unique_id."));
        }
        let keeps_options = convert::shares_options(&property.kind, kind) && !wanted.has("options");
        if keeps_options {
            property.config.clone()
        } else {
            config_for(call, workspace, data_source_id, &property.id, &property.name, kind, wanted)?
        }
    };
    if kind != property.kind {
        relation::remove_other_side(workspace, property);
        let to = Property { kind: kind.to_owned(), config: config.clone(), ..property.clone() };
        for row in workspace.rows(data_source_id) {
            if let Some(page) = workspace.pages.get_mut(&row.id)
                && let Some(value) = page.values.remove(&property.id)
                && let Some(value) = convert::value(property, &to, &value)
            {
                page.values.insert(property.id.clone(), value);
            }
        }
    }
    if let Some(held) = edit(workspace, data_source_id)?.property_mut(&property.id) {
        held.kind = kind.to_owned();
        held.config = config;
    }
    Ok(())
}

/// Renames a property, also where others name it: the other side of a relation, rollups. Formulas name ids.
fn rename(workspace: &mut Workspace, data_source_id: &str, property: &Property, name: &str) {
    let relations_here = |held: &Property| {
        held.kind == "relation" && held.config.text("data_source_id") == Some(data_source_id)
    };
    let ids: Vec<String> = workspace.data_sources.values().map(|found| found.id.clone()).collect();
    for id in ids {
        let Some(mut data_source) = workspace.data_sources.get(&id).map(|found| (**found).clone()) else {
            continue;
        };
        let is_own = id == data_source_id;
        let leading_here: Vec<String> = data_source
            .properties
            .iter()
            .filter(|held| relations_here(held))
            .map(|held| held.id.clone())
            .collect();
        let mut changed = false;
        for held in &mut data_source.properties {
            if is_own && held.id == property.id {
                held.name = name.to_owned();
                changed = true;
            }
            if relations_here(held)
                && let Some(dual) = held.config.get_mut("dual_property")
                && dual.text("synced_property_id") == Some(&property.id)
            {
                put(dual, "synced_property_name", json!(name));
                changed = true;
            }
            if held.kind == "rollup" {
                let through = held.config.text("relation_property_id").unwrap_or_default().to_owned();
                let leads_here = leading_here.contains(&through);
                if is_own && through == property.id {
                    put(&mut held.config, "relation_property_name", json!(name));
                    changed = true;
                }
                if leads_here && held.config.text("rollup_property_id") == Some(&property.id) {
                    put(&mut held.config, "rollup_property_name", json!(name));
                    changed = true;
                }
            }
        }
        if changed && let Some(held) = workspace.data_source_mut(&id) {
            *held = data_source;
        }
    }
}

fn changed_options(
    workspace: &mut Workspace,
    kind: &str,
    old: &Value,
    wanted: &Value,
) -> Result<Value, Refusal> {
    if !wanted.has("options") {
        return Ok(old.clone());
    }
    let mut config = options::replace(kind, old, wanted.items("options"), &mut workspace.minter)?;
    if kind == "status" {
        options::regroup(&mut config, old, &mut workspace.minter);
    }
    Ok(config)
}

fn config_for(
    call: &Call,
    workspace: &mut Workspace,
    data_source_id: &str,
    property_id: &str,
    name: &str,
    kind: &str,
    wanted: &Value,
) -> Result<Value, Refusal> {
    match kind {
        "number" => Ok(json!({"format": wanted.text("format").unwrap_or("number")})),
        // Checked when the request's other columns are there.
        "formula" => {
            Ok(json!({"expression": wanted.text("expression").unwrap_or_default(), (formula::FRESH): true}))
        }
        "unique_id" => Ok(json!({"prefix": wanted.at("prefix")})),
        "select" | "multi_select" => {
            options::replace(kind, &Value::Null, wanted.items("options"), &mut workspace.minter)
        }
        "status" => Ok(new_status(workspace, wanted)?),
        "relation" => {
            let place = relation::Place { data_source_id, property_id, name };
            relation::create(call, workspace, &place, wanted)
        }
        "rollup" => rollup(workspace, data_source_id, wanted),
        _ => Ok(json!({})),
    }
}

fn new_status(workspace: &mut Workspace, wanted: &Value) -> Result<Value, Refusal> {
    if !wanted.items("options").is_empty() {
        let mut config =
            options::replace("status", &Value::Null, wanted.items("options"), &mut workspace.minter)?;
        options::regroup(&mut config, &Value::Null, &mut workspace.minter);
        return Ok(config);
    }
    let given: Vec<Value> =
        STATUS_OPTIONS.iter().map(|(name, color)| json!({"name": name, "color": color})).collect();
    let mut config = options::replace("status", &Value::Null, &given, &mut workspace.minter)?;
    // The default options are one for each group.
    let one_each: Vec<Value> = config
        .items("options")
        .iter()
        .zip(["To-do", "In progress", "Complete"])
        .map(|(option, group)| json!({"name": group, "option_ids": [option.at("id")]}))
        .collect();
    options::regroup(&mut config, &json!({"groups": one_each}), &mut workspace.minter);
    Ok(config)
}

fn rollup(workspace: &Workspace, data_source_id: &str, wanted: &Value) -> Result<Value, Refusal> {
    let source = workspace.data_sources.get(data_source_id);
    let relation_key =
        wanted.text("relation_property_id").or(wanted.text("relation_property_name")).unwrap_or_default();
    let relation = source
        .and_then(|source| source.property(relation_key))
        .filter(|relation| relation.kind == "relation")
        .ok_or_else(|| invalid(format!("{relation_key} is not a relation property that exists.")))?;
    let rolled_key =
        wanted.text("rollup_property_id").or(wanted.text("rollup_property_name")).unwrap_or_default();
    let target = relation.config.text("data_source_id").and_then(|id| workspace.data_sources.get(id));
    let rolled = target
        .and_then(|target| target.property(rolled_key))
        .ok_or_else(|| invalid(format!("{rolled_key} is not a property that exists.")))?;
    if rolled.kind == "rollup" {
        return Err(invalid("A rollup can't roll up another rollup."));
    }
    let function = wanted.text("function").unwrap_or_default();
    if !rollup::fits(function, &rolled.kind) {
        return Err(invalid(format!("A rollup can't take the {function} of a {} property.", rolled.kind)));
    }
    Ok(json!({
        "relation_property_name": relation.name,
        "rollup_property_name": rolled.name,
        "relation_property_id": relation.id,
        "rollup_property_id": rolled.id,
        "function": function,
    }))
}
