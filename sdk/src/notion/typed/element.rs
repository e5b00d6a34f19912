//! One of several: an option, a person, a related page.

use serde_json::Value;
use toolbay_sdk_notion::properties::Kind;

use super::cell::Fault;

/// A type of which a column can hold several.
#[diagnostic::on_unimplemented(
    message = "a column can't hold several `{Self}`",
    label = "several are read as a `Vec` of `String`, or of an enum that derives `Options`"
)]
pub trait Element: Sized {
    /// What a column is wanted to hold, such as `several options`.
    const SEVERAL: &'static str;

    /// Whether a column of this type can hold several of them.
    fn is_among(kind: &Kind) -> bool;

    /// Reads one plain value.
    ///
    /// # Errors
    ///
    /// Why it can't be read.
    fn read(element: &Value) -> Result<Self, Fault>;
}

impl Element for String {
    const SEVERAL: &'static str = "several options, people, files or related pages";

    fn is_among(kind: &Kind) -> bool {
        matches!(kind, Kind::MultiSelect | Kind::People | Kind::Relation | Kind::Files | Kind::Rollup)
    }

    fn read(element: &Value) -> Result<Self, Fault> {
        // A file with a name of its own is an object.
        let text = element.as_str().or_else(|| element.get("url")?.as_str());
        text.map(str::to_owned).ok_or_else(|| Fault::wrong::<Vec<Self>>(element))
    }
}
