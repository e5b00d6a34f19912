//! What a tool is to the SDK: a specification, a definition for the host, and a way to run it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Access, Answer, Call, IntoAnswer, Problem, schema};

/// What `#[tool]` says about a tool.
#[derive(Debug)]
pub struct Specification {
    /// 1 to 48 lower-case letters, digits and underscores, a letter first.
    pub name: &'static str,
    /// What people see as its name.
    pub title: &'static str,
    /// What a model reads to choose among tools; some clients cut it at 300 characters.
    pub description: &'static str,
    /// The strongest thing that the tool does.
    pub access: Access,
    /// The weakest thing that the tool is of use for, where its arguments decide.
    pub least: Access,
    /// Calling it twice with the same arguments leaves the same world.
    pub idempotent: bool,
    /// Methods and paths of its own REST routes.
    pub routes: &'static [(&'static str, &'static str)],
}

/// A tool as the host publishes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// The name under which it is called.
    pub name: &'static str,
    /// What people see as its name.
    pub title: &'static str,
    /// What a model reads to choose among tools; some clients cut it at 300 characters.
    pub description: &'static str,
    /// JSON Schema 2020-12 of an object.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the answer's data, where it is known.
    pub output_schema: Option<Value>,
    /// The strongest thing that the tool does.
    #[serde(rename = "effect")]
    pub access: Access,
    /// The weakest thing that the tool is of use for, where its arguments decide; else the same. Who may do no more can
    /// call it too, and the host refuses whatever is stronger.
    pub least: Access,
    /// Calling it twice with the same arguments leaves the same world.
    pub idempotent: bool,
    /// Methods and paths of its own REST routes.
    pub routes: &'static [(&'static str, &'static str)],
}

/// A tool; `#[tool]` implements it for a type named like the function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "put `#[tool(..)]` on the function"
)]
pub trait Tool {
    /// The arguments, read from JSON before the function is called.
    type Input: Input;

    /// What the function answers with when it succeeds.
    type Output: IntoAnswer;

    /// What the attribute says.
    const SPECIFICATION: Specification;

    /// The function itself.
    ///
    /// # Errors
    ///
    /// What the tool says.
    fn call(call: &Call, input: Self::Input) -> Result<Self::Output, Problem>;

    /// The tool as the host publishes it.
    #[must_use]
    fn definition() -> Definition {
        let specification = Self::SPECIFICATION;
        Definition {
            name: specification.name,
            title: specification.title,
            description: specification.description,
            input_schema: schema::input::<Self::Input>(),
            output_schema: Self::Output::output_schema(),
            access: specification.access,
            least: specification.least,
            idempotent: specification.idempotent,
            routes: specification.routes,
        }
    }

    /// Runs the tool on arguments in JSON text.
    ///
    /// # Errors
    ///
    /// `invalid_input` where the arguments do not fit the input's type, else what the tool says.
    fn run(call: &Call, arguments: &str) -> Result<Answer, Problem> {
        let input = serde_json::from_str(arguments)
            .map_err(|error| Problem::invalid_input(format!("The arguments do not fit: {error}.")))?;
        Self::call(call, input)?.into_answer()
    }
}

/// What a tool takes: any type that derives `Deserialize` and `JsonSchema`.
pub trait Input: DeserializeOwned + JsonSchema {}

impl<T: DeserializeOwned + JsonSchema> Input for T {}

/// The input of a tool that needs no arguments; `fn tool(call: &Call)` says the same.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct NoInput {}

/// What a tool's function returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a tool returns `Result<Output, Problem>`, not `{Self}`",
    label = "expected `Result<Output, toolbay_sdk::Problem>`"
)]
pub trait ToolResult {
    /// The answer where nothing went wrong.
    type Output;
}

impl<O> ToolResult for Result<O, Problem> {
    type Output = O;
}
