//! Other tools of the catalog.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::host::Host;
use crate::provider::Provider;
use crate::{Invocation, Problem, Question, Refusal};

/// Other tools, called with this call's identity, limits and budget.
#[derive(Clone, Copy, Debug)]
pub struct Tools<'call> {
    host: &'call Provider,
}

impl<'call> Tools<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// Calls a tool and reads its data.
    ///
    /// # Errors
    ///
    /// What the tool or the door says, and `failed` where the answer is not of this type.
    pub fn invoke<T: DeserializeOwned>(self, tool: &str, arguments: &impl Serialize) -> Result<T, Problem> {
        let value = self.host.invoke(Invocation::new(tool, arguments)?)?;
        serde_json::from_value(value).map_err(|error| {
            Problem::failed(format!("The answer of `{tool}` does not have the expected shape: {error}."))
        })
    }

    /// Calls independent tools side by side, any number of them; answers keep their order.
    #[must_use]
    pub fn invoke_all(self, invocations: Vec<Invocation>) -> Vec<Result<Value, Problem>> {
        self.host.invoke_all(invocations)
    }

    /// Whether invocations would be refused, found without writing anything; answers keep their order.
    #[must_use]
    pub fn check_all(self, questions: Vec<Question>) -> Vec<Result<(), Refusal>> {
        self.host.check_all(questions)
    }
}
