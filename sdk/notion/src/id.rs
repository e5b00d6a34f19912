//! The id of a page, block, database, data source or user.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::excerpt;
use crate::Error;

/// An id of Notion, read from 32 hexadecimal digits in either case, with dashes (8-4-4-4-12) or without, and written the
/// way Notion answers it: lower case with dashes (Notion itself refuses upper case).
///
/// A link can name several objects at once, so it is no id: [`Object`](super::Object) tells which of them is meant.
///
/// ```
/// use toolbay_sdk_notion::NotionId;
///
/// let id: NotionId = "59833787E2CF4FDF8782E53DB20768A5".parse()?;
/// assert_eq!(id.to_string(), "59833787-e2cf-4fdf-8782-e53db20768a5");
/// assert!("Road map".parse::<NotionId>().is_err());
/// # Ok::<(), toolbay_sdk_notion::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotionId(u128);

impl NotionId {
    /// The id of these 128 bits.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// Says that a text is no id, and what one is.
    pub(super) fn refused(text: &str) -> Error {
        Error::invalid_input(format!("`{}` is not a Notion id.", excerpt(text.trim()))).hint(
            "Give 32 hexadecimal digits, with or without dashes, or the link of the page or database on notion.so, \
             app.notion.com or notion.site. A name is not an id: search for it first.",
        )
    }

    /// The id without dashes, as links have it.
    #[must_use]
    pub fn undashed(&self) -> String {
        format!("{:032x}", self.0)
    }
}

impl FromStr for NotionId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        undashed_bits(trimmed).or_else(|| dashed_bits(trimmed)).map(Self).ok_or_else(|| Self::refused(text))
    }
}

fn undashed_bits(text: &str) -> Option<u128> {
    // `from_str_radix` alone would also take a sign.
    (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

fn dashed_bits(text: &str) -> Option<u128> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    text.split('-').map(str::len).eq(GROUPS).then(|| undashed_bits(&text.replace('-', ""))).flatten()
}

impl fmt::Display for NotionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        write!(
            formatter,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xffff,
            (bits >> 48) & 0xffff,
            bits & 0xffff_ffff_ffff,
        )
    }
}

impl fmt::Debug for NotionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NotionId({self})")
    }
}

impl Serialize for NotionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NotionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| {
            let hint = error.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
            de::Error::custom(format!("{}{hint}", error.message))
        })
    }
}

impl JsonSchema for NotionId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NotionId".into()
    }

    // No pattern: links are welcome, and a pattern would only make clients refuse what this type reads.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

    fn parse(text: &str) -> Option<String> {
        text.parse::<NotionId>().ok().map(|id| id.to_string())
    }

    #[test]
    fn reads_every_form_in_which_ids_are_written() {
        for form in [
            "59833787-e2cf-4fdf-8782-e53db20768a5",
            "59833787e2cf4fdf8782e53db20768a5",
            " 59833787E2CF4FDF8782E53DB20768A5\n",
            "59833787-E2CF-4FDF-8782-E53DB20768A5",
        ] {
            assert_eq!(parse(form).as_deref(), Some(ID), "{form}");
        }
    }

    #[test]
    fn refuses_everything_else_and_says_what_is_accepted() {
        for form in [
            "",
            "Road map",
            "59833787e2cf4fdf8782e53db20768a",
            "+9833787e2cf4fdf8782e53db20768a5",
            "5983-3787e2cf-4fdf-8782-e53db20768a5",
            "https://www.notion.so/59833787e2cf4fdf8782e53db20768a5",
        ] {
            let error = form.parse::<NotionId>().expect_err(form);
            assert!(error.hint.is_some_and(|hint| hint.contains("32 hexadecimal digits")), "{form}");
        }
    }

    #[test]
    fn a_wrong_id_in_an_input_says_what_is_accepted() {
        let error = serde_json::from_str::<NotionId>("\"Road map\"").expect_err("a name is no id");
        assert!(error.to_string().contains("32 hexadecimal digits"));
    }

    proptest! {
        #[test]
        fn printing_and_reading_are_inverse(bits: u128) {
            let id = NotionId::from_u128(bits);
            prop_assert_eq!(id.to_string().parse::<NotionId>().expect("dashed"), id);
            prop_assert_eq!(id.undashed().parse::<NotionId>().expect("undashed"), id);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<NotionId>();
        }
    }
}
