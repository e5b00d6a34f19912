//! Options as the variants of an enum.

use serde_json::Value;
use toolbay_sdk_notion::names;
use toolbay_sdk_notion::properties::Kind;
use toolbay_sdk_notion::properties::plain::plain;

use super::cell::{Cell, Fault};
use super::element::Element;

/// An enum whose variants are options of a column. `#[derive(Options)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of options",
    label = "put `#[derive(Options)]` on the enum"
)]
pub trait Options: Sized {
    /// The enum's name, for those who read a refusal.
    const ENUM: &'static str;

    /// The names of the options, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// The variant at a place of [`Options::NAMES`].
    #[must_use]
    fn at(place: usize) -> Option<Self>;

    /// The name of the option, for filters and values.
    #[must_use]
    fn name(&self) -> &'static str;
}

impl<T: Options> Cell for T {
    const WANTED: &'static str = "one option";

    fn fits(kind: &Kind) -> bool {
        matches!(kind, Kind::Select | Kind::Status)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        variant(&plain(value).ok_or(Fault::Empty)?)
    }
}

impl<T: Options> Element for T {
    const SEVERAL: &'static str = "several options";

    fn is_among(kind: &Kind) -> bool {
        matches!(kind, Kind::MultiSelect)
    }

    fn read(element: &Value) -> Result<Self, Fault> {
        variant(element)
    }
}

/// The variant of an option, by its name or one that is alike: `InProgress` stands for `In progress`.
fn variant<T: Options>(option: &Value) -> Result<T, Fault> {
    let name = option.as_str().ok_or_else(|| Fault::wrong::<T>(option))?;
    let place = |is_it: fn(&str, &str) -> bool| T::NAMES.iter().position(|known| is_it(known, name));
    place(names::equal).or_else(|| place(names::alike)).and_then(T::at).ok_or_else(|| {
        let name = toolbay_sdk_notion::excerpt(name);
        Fault::Unknown(
            format!("is the option `{name}`, which the plugin's `{}` doesn't know", T::ENUM),
            names::valid(&name, T::NAMES),
        )
    })
}
