//! The attribute and the derives of `toolbay-sdk`. Use it through that crate.

use proc_macro::TokenStream;

mod arguments;
mod description;
mod expand;
mod manifest;
mod named;
mod options;
mod route;
mod row;
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

/// Reads a struct from the rows of a data source: each field is a column.
///
/// ```ignore
/// #[derive(Row)]
/// struct Task {
///     #[row(id)]
///     id: String,
///     title: String,
///     #[row(name = "Due date")]
///     due: Option<Date>,
///     status: Status,
/// }
/// ```
///
/// A field is read from the column of its name, whatever its case and spacing (`due_date` is `Due date`), or from the one that
/// `#[row(name = "..")]` names; `title` is the title, whatever its name. `#[row(id)]` and `#[row(url)]` are the row's own, and
/// `#[row(cut)]`, a `Vec<String>`, takes the names of columns of which Notion shows only a part.
///
/// | field | columns |
/// | --- | --- |
/// | `String` | title, text, link, address, telephone number, option, person, unique id, date, formula |
/// | `f64`, `i64` | number, unique id, formula, rollup |
/// | `bool` | checkbox, formula |
/// | `jiff::civil::Date`, `jiff::Timestamp`, `notion::properties::Date` | date, formula, rollup; a `Timestamp` also created and last edited time |
/// | an enum that derives `Options` | select, status |
/// | `Vec<String>` | multi-select, people, relation, files, rollup |
/// | a `Vec` of such an enum | multi-select |
/// | `Option` of these | the same, where it may be empty |
///
/// A text and a `Vec` may be empty; for everything else, what may be empty is an `Option`.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(input: TokenStream) -> TokenStream {
    row::row(input.into()).into()
}

/// Makes an enum the options of a select, a status or a multi-select.
///
/// A variant is the option of its name, spaced and in any case (`InProgress` is `In progress`), or the one that
/// `#[row(name = "..")]` names.
#[proc_macro_derive(Options, attributes(row))]
pub fn options(input: TokenStream) -> TokenStream {
    options::options(input.into()).into()
}

/// The text of `plugin.toml` beside `Cargo.toml`, as `Some(..)`; `None` where there is none. For `plugin!` alone.
#[doc(hidden)]
#[proc_macro]
pub fn manifest(_input: TokenStream) -> TokenStream {
    manifest::manifest().into()
}
