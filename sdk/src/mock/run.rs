//! Runs a tool as the real host does: arguments and answer checked against the published schemas.

use std::rc::Rc;

use serde_json::Value;

use super::MockHost;
use super::bounds::Bounds;
use super::manifest::Manifest;
use crate::{Answer, Call, Definition, Plugin, Problem};

impl MockHost {
    /// The call to give to a tool's function.
    #[must_use]
    pub fn call(&self) -> Call {
        Call::on(self.clone())
    }

    /// Runs a tool by name, through JSON and its schemas, as the host's door does.
    ///
    /// # Errors
    ///
    /// What the tool says, and what the [mock refuses](super) as a host does; `invalid_input` where the arguments break the
    /// input schema; `failed` where the tool's definition or its answer would be refused by a host.
    pub fn run(&self, plugin: &Plugin, tool: &str, arguments: Value) -> Result<Answer, Problem> {
        let definitions = plugin.definitions();
        let definition = definitions.iter().find(|definition| definition.name == tool);
        if let Some(definition) = definition {
            refuse_unpublishable("input", &definition.input_schema)?;
            if let Some(output) = &definition.output_schema {
                refuse_unpublishable("output", output)?;
            }
            check(&definition.input_schema, &arguments)?.map_err(|reason| {
                Problem::invalid_input(format!("The arguments of `{tool}` break its input schema: {reason}."))
            })?;
        }
        self.world.borrow_mut().context.tool = tool.to_owned();
        let bounds = match definition {
            Some(definition) => Some(self.bounds(plugin, definition)?),
            None => None,
        };
        // A scripted tool may run another one on this host.
        let around = std::mem::replace(&mut self.world.borrow_mut().bounds, bounds);
        let answer = plugin.run(&self.call(), tool, &arguments.to_string());
        self.world.borrow_mut().bounds = around;
        let answer = answer?;
        if answer.json_text().is_some() && answer.value().is_none() {
            return Err(Problem::failed(format!("The data of `{tool}` is not JSON.")));
        }
        if let Some(schema) = definition.and_then(|definition| definition.output_schema.as_ref()) {
            let data = answer.value().ok_or_else(|| {
                Problem::failed(format!("`{tool}` publishes an output schema and answered without data."))
            })?;
            check(schema, &data)?.map_err(|reason| {
                Problem::failed(format!("The answer of `{tool}` breaks its output schema: {reason}."))
            })?;
        }
        Ok(answer)
    }

    fn bounds(&self, plugin: &Plugin, definition: &Definition) -> Result<Bounds, Problem> {
        let own = self.world.borrow().manifest.clone();
        let text = own.as_deref().or_else(|| plugin.manifest());
        let manifest = text.map(Manifest::read).transpose()?.map(Rc::new);
        Ok(Bounds { tool: definition.name.to_owned(), access: definition.access, manifest })
    }
}

fn refuse_unpublishable(side: &str, schema: &Value) -> Result<(), Problem> {
    if schema.get("type").is_some_and(|kind| kind == "object") {
        return Ok(());
    }
    Err(Problem::failed(format!(
        "The {side} of a tool is an object, and this schema is not of one: {schema}"
    ))
    .hint("Put it into a field of a struct."))
}

fn check(schema: &Value, instance: &Value) -> Result<Result<(), String>, Problem> {
    let validator = jsonschema::draft202012::new(schema)
        .map_err(|error| Problem::failed(format!("The schema is not JSON Schema 2020-12: {error}.")))?;
    Ok(validator.validate(instance).map_err(|error| match error.instance_path().as_str() {
        "" => error.to_string(),
        path => format!("{error} (at {path})"),
    }))
}
