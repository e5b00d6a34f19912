//! The attribute of `toolbay-sdk`. Use it through that crate.

use proc_macro::TokenStream;

mod arguments;
mod description;
mod expand;
mod route;
mod signature;

/// Makes a tool of a function.
///
/// ```ignore
/// /// Greets somebody by name.
/// #[tool(reads)]
/// fn greet(call: &Call, input: Greet) -> Result<Greeting, Problem> { .. }
/// ```
///
/// The doc comment is the tool's description, up to its first heading. In the parentheses stands what the tool does to
/// the world, at its strongest: `reads`, `writes` or `destroys`. Beside it may stand
///
/// - `idempotent`: calling it twice with the same arguments leaves the same world;
/// - `name = ".."`, where the function's own name will not do;
/// - `title = ".."`, where the title derived from the name will not do;
/// - `route = "POST /v1/greet"`: a REST route of its own, as often as it has one; `{name}` segments are properties of the
///   input.
///
/// The function takes `&Call` and, unless it needs no arguments, one input that derives `Deserialize` and `JsonSchema`.
/// It answers `Result<Output, Problem>`.
#[proc_macro_attribute]
pub fn tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::tool(attribute.into(), item.into()).into()
}
