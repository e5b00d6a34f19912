//! One member of a compact block, and its place in Notion's object.

use std::borrow::Cow;

use serde_json::{Number, Value, json};

use super::language;
use crate::Error;
use crate::color::{self, COLORS};
use crate::json_text::unwrapped;
use crate::markdown::{EXPRESSION_LIMIT, Inline, from_rich_text};
use crate::properties::number;
use crate::rich_text::{check_length, from_text, plain_text};
use crate::{NotionId, Object, TEXT_LIMIT, appearance, names};

/// A member by its name in the compact form and its key in Notion's.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    pub(crate) form: Form,
}

/// What a member's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Inline markdown for rich text, which has to be there.
    Text,
    /// Inline markdown for rich text.
    Caption,
    /// Text as it is.
    Code,
    /// Plain words.
    Words,
    /// `true`, or absent.
    Flag,
    /// A colour, absent for the default one.
    Color,
    /// An emoji, a link, or an id.
    Icon,
    /// A language of code, absent for plain text.
    Language,
    /// An equation.
    Expression,
    /// An address.
    Url,
    /// An address, in an object of its own.
    External,
    /// The id of an upload, in an object of its own.
    Upload,
    /// The name of a file that Notion hosts; only read, because its address ends within the hour.
    HostedFile,
    /// An id.
    Id,
    /// The id of the block that another one mirrors; `null` for the original.
    SyncedFrom,
    /// A share of the width.
    Ratio,
    /// Inline markdown by cell.
    Cells,
    /// Rich text that is only read.
    ReadText,
    /// A value that is only read.
    Read,
}

/// What Notion has where nothing is said.
const PLAIN_TEXT: &str = "plain text";

impl Member {
    /// Notion's value for what a caller gave.
    pub(crate) fn write(&self, given: &Value, inline: &mut Inline<'_>) -> Result<Value, Error> {
        let given = &*self.opened(given);
        match self.form {
            Form::Text | Form::Caption => Ok(Value::Array(inline.elements(self.text(given)?)?)),
            Form::Code => Ok(Value::Array(from_text(self.text(given)?)?)),
            Form::Words => Ok(self.text(given)?.into()),
            Form::Flag => given.as_bool().map(Value::Bool).ok_or_else(|| self.wrong("true or false")),
            Form::Color => match self.text(given)? {
                "default" => Ok("default".into()),
                name => match color::parse(name) {
                    Some(color) => Ok(color.into()),
                    None => names::find(name, &COLORS, "colour").map(Value::from),
                },
            },
            Form::Icon => icon(given),
            Form::Language => language::find(self.text(given)?).map(Value::from),
            Form::Expression => {
                let expression = self.text(given)?;
                check_length(expression, EXPRESSION_LIMIT)?;
                Ok(expression.into())
            }
            Form::Url => Ok(self.url(given)?.into()),
            Form::External => Ok(json!({ "url": self.url(given)? })),
            Form::Upload => Ok(json!({ "id": self.id(given)? })),
            Form::Id => Ok(json!(self.id(given)?)),
            Form::SyncedFrom => Ok(json!({ "block_id": self.id(given)? })),
            Form::Ratio => match given.as_f64() {
                Some(ratio) if ratio > 0.0 && ratio <= 1.0 => Ok(given.clone()),
                _ => Err(self.wrong("a number above 0 and at most 1")),
            },
            Form::Cells => self.cells(given, inline),
            Form::HostedFile => Err(hosted()),
            Form::ReadText | Form::Read => {
                Err(Error::invalid_input(format!("`{}` can be read, not written.", self.name))
                    .hint("Leave it out."))
            }
        }
    }

    /// What came as text, where the member is none.
    fn opened<'value>(&self, given: &'value Value) -> Cow<'value, Value> {
        let is_meant: fn(&Value) -> bool = match self.form {
            Form::Flag => Value::is_boolean,
            Form::Ratio => Value::is_number,
            Form::Cells => Value::is_array,
            _ => return Cow::Borrowed(given),
        };
        unwrapped(given, is_meant)
    }

    /// What Notion wants to be told where a caller said nothing.
    pub(crate) fn absent(&self) -> Option<Value> {
        match self.form {
            Form::Text | Form::Code => Some(json!([])),
            Form::Language => Some(PLAIN_TEXT.into()),
            Form::SyncedFrom => Some(Value::Null),
            _ => None,
        }
    }

    /// The compact value of Notion's; none for defaults and what is empty.
    pub(crate) fn read(&self, value: &Value) -> Option<Value> {
        let words = |text: String| (!text.is_empty()).then_some(Value::String(text));
        match self.form {
            Form::Text | Form::Caption | Form::ReadText => words(from_rich_text(value)),
            Form::Code => words(plain_text(value)),
            Form::Flag => value.as_bool().filter(|flag| *flag).map(Value::Bool),
            Form::Color => value.as_str().and_then(color::parse).map(Value::from),
            Form::Icon => icon_name(value),
            Form::Language => value.as_str().filter(|language| *language != PLAIN_TEXT).map(Value::from),
            Form::External => value.get("url").cloned(),
            Form::Upload => value.get("id").cloned(),
            Form::HostedFile => value.get("url").and_then(Value::as_str).map(file_name).map(Value::from),
            Form::SyncedFrom => value.get("block_id").cloned(),
            Form::Cells => {
                Some(value.as_array()?.iter().map(|cell| Value::String(from_rich_text(cell))).collect())
            }
            Form::Words | Form::Expression | Form::Url | Form::Id | Form::Ratio | Form::Read => {
                (!value.is_null() && value != "").then(|| value.clone())
            }
        }
    }

    fn cells(&self, given: &Value, inline: &mut Inline<'_>) -> Result<Value, Error> {
        let cells = given.as_array().ok_or_else(|| self.wrong("an array of texts, one a cell"))?;
        let mut written = Vec::with_capacity(cells.len());
        for cell in cells {
            let text = match cell {
                Value::Null => String::new(),
                Value::Number(given) => number::digits(given)?,
                Value::Bool(_) => cell.to_string(),
                other => {
                    other.as_str().ok_or_else(|| self.wrong("an array of texts, one a cell"))?.to_owned()
                }
            };
            written.push(Value::Array(inline.elements(&text)?));
        }
        Ok(Value::Array(written))
    }

    fn text<'value>(&self, given: &'value Value) -> Result<&'value str, Error> {
        given.as_str().ok_or_else(|| self.wrong("a text"))
    }

    fn url<'value>(&self, given: &'value Value) -> Result<&'value str, Error> {
        let url = self.text(given)?;
        check_length(url, TEXT_LIMIT)?;
        let is_web =
            ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len());
        if !is_web || url.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err(self.wrong("an address that starts with https:// or http://"));
        }
        Ok(url)
    }

    fn id(&self, given: &Value) -> Result<NotionId, Error> {
        let text = self.text(given)?;
        match self.name {
            "page_id" => Object::Page.find(text),
            "database_id" => Object::Database.find(text),
            "comment_id" => Object::Comment.find(text),
            "synced_from" => Object::Block.decide(text),
            _ => text.parse(),
        }
    }

    fn wrong(&self, wanted: &str) -> Error {
        Error::invalid_input(format!("`{}` is {wanted}.", self.name))
    }
}

/// Where Notion's own object of an icon says what the icon is.
const ICONS: [&str; 5] = ["emoji", "external", "custom_emoji", "icon", "file_upload"];

fn icon(given: &Value) -> Result<Value, Error> {
    if given.as_object().is_some_and(|icon| !ICONS.iter().any(|kind| icon.contains_key(*kind))) {
        return Err(Error::invalid_input("This is no icon.")
            .hint("Give one emoji, the https link of a picture, or the id of a custom emoji."));
    }
    appearance::icon(given)
}

fn icon_name(icon: &Value) -> Option<Value> {
    let plain = icon
        .get("emoji")
        .or_else(|| icon.pointer("/external/url"))
        .or_else(|| icon.pointer("/custom_emoji/id"));
    match plain {
        Some(plain) => Some(plain.clone()),
        None => match icon.pointer("/file/url").and_then(Value::as_str) {
            Some(url) => Some(json!({ "hosted_file": file_name(url) })),
            None => (!icon.is_null()).then(|| icon.clone()),
        },
    }
}

/// The last part of an address's path. The rest is a signature of a thousand characters that ends within the hour.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

/// A number of things, for JSON.
pub(crate) fn number(count: usize) -> Value {
    Value::Number(Number::from(count))
}

/// The refusal of a file that Notion hosts.
pub(super) fn hosted() -> Error {
    Error::invalid_input("A file that Notion hosts can't be written by its name or link.")
        .hint("Give `url` for a file elsewhere, or `upload` with the id of an upload; in Notion's own objects `external` or `file_upload`.")
}
