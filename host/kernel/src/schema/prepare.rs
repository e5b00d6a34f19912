//! A tool whose schemas are known to be harmless: what is published of it, and what its values are checked with.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::check::check_input;
use super::invalid::InvalidSchema;
use super::publish::{flatten_input, flatten_output, is_of_object};
use super::slots::CheckingSlots;
use super::validate::Validator;
use crate::access::Access;
use crate::arguments::{CONNECTION_ID, IDEMPOTENCY_KEY, connection_id_schema, idempotency_key_schema};
use crate::tool::ToolDefinition;

/// A schema that can't be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {which} schema of `{tool}`: {reason}")]
pub struct SchemaRefusal {
    pub tool: String,
    /// `input` or `output`.
    pub which: &'static str,
    pub reason: InvalidSchema,
}

/// What a tool says of its answers.
#[derive(Clone)]
pub(crate) struct Output {
    pub(crate) validator: Validator,
    /// Whether an answer is an object; another one is sent as the `result` of one.
    pub(crate) is_object: bool,
    /// The flat schema; always of an object.
    pub(crate) schema: Arc<Map<String, Value>>,
}

/// A tool's definition with its schemas checked, flattened and compiled: done once, however often catalogs change.
pub struct PreparedTool {
    /// What the provider defined.
    pub(crate) definition: Arc<ToolDefinition>,
    pub(crate) input: Validator,
    pub(crate) output: Option<Output>,
    pub(crate) slots: Arc<CheckingSlots>,
    input_schema: Arc<Map<String, Value>>,
    /// With the host's own arguments, for a provider that works on connections and for one that doesn't.
    with_own: [OnceLock<Arc<Map<String, Value>>>; 2],
}

impl PreparedTool {
    /// Checks, flattens and compiles a tool's schemas. The slots are those of its provider.
    ///
    /// What a schema may cost is bounded, but it can be a tenth of a second: not for a thread that others wait for.
    ///
    /// # Errors
    ///
    /// When a schema can't be published, or could cost too much.
    pub fn new(definition: ToolDefinition, slots: &Arc<CheckingSlots>) -> Result<Self, SchemaRefusal> {
        let refusal = |which| {
            let tool = definition.name.to_string();
            move |reason| SchemaRefusal { tool, which, reason }
        };
        let (input, input_schema) = Self::input(&definition.input_schema).map_err(refusal("input"))?;
        let output = definition.output_schema.as_ref().map(Self::output).transpose();
        let output = output.map_err(refusal("output"))?;
        Ok(Self {
            definition: Arc::new(definition),
            input,
            output,
            slots: Arc::clone(slots),
            input_schema: Arc::new(input_schema),
            with_own: [OnceLock::new(), OnceLock::new()],
        })
    }

    fn input(schema: &Value) -> Result<(Validator, Map<String, Value>), InvalidSchema> {
        check_input(schema)?;
        Ok((Validator::new(schema)?, flatten_input(schema)?))
    }

    fn output(schema: &Value) -> Result<Output, InvalidSchema> {
        let validator = Validator::new(schema)?;
        Ok(Output { validator, is_object: is_of_object(schema)?, schema: Arc::new(flatten_output(schema)?) })
    }

    /// The flat input schema with the host's own arguments: the connection where the tool works on one, and the idempotency
    /// key where it can write.
    pub(crate) fn input_schema(&self, uses_connection: bool) -> Arc<Map<String, Value>> {
        let writes = self.definition.access != Access::Reads;
        if !uses_connection && !writes {
            return Arc::clone(&self.input_schema);
        }
        let [without, with] = &self.with_own;
        Arc::clone((if uses_connection { with } else { without }).get_or_init(|| {
            let mut schema = (*self.input_schema).clone();
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                if uses_connection {
                    properties.insert(CONNECTION_ID.into(), connection_id_schema());
                }
                if writes {
                    properties.insert(IDEMPOTENCY_KEY.into(), idempotency_key_schema());
                }
            }
            Arc::new(schema)
        }))
    }

    /// What the provider defined.
    #[must_use]
    pub fn definition(&self) -> &ToolDefinition {
        &self.definition
    }
}
