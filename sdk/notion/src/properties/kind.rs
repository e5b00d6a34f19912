//! The types of properties.

use std::fmt;

/// What type a property is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The title; every data source has exactly one.
    Title,
    /// Formatted text.
    RichText,
    /// A number.
    Number,
    /// One option.
    Select,
    /// Several options.
    MultiSelect,
    /// One option of a fixed set, never empty.
    Status,
    /// A date, a date with time, or a range.
    Date,
    /// Users.
    People,
    /// True or false.
    Checkbox,
    /// A link.
    Url,
    /// An email address.
    Email,
    /// A telephone number.
    PhoneNumber,
    /// Pages of another data source, or of this one.
    Relation,
    /// Files and links to files.
    Files,
    /// Computed from other properties.
    Formula,
    /// Computed over a relation.
    Rollup,
    /// A number that Notion gives to each row, with an optional prefix.
    UniqueId,
    /// A button of the app.
    Button,
    /// When the page was created.
    CreatedTime,
    /// Who created the page.
    CreatedBy,
    /// When the page was last edited.
    LastEditedTime,
    /// Who last edited the page.
    LastEditedBy,
    /// A type that has no plain form here; Notion's own object passes through.
    Other(String),
}

const NAMED: [(Kind, &str); 22] = [
    (Kind::Title, "title"),
    (Kind::RichText, "rich_text"),
    (Kind::Number, "number"),
    (Kind::Select, "select"),
    (Kind::MultiSelect, "multi_select"),
    (Kind::Status, "status"),
    (Kind::Date, "date"),
    (Kind::People, "people"),
    (Kind::Checkbox, "checkbox"),
    (Kind::Url, "url"),
    (Kind::Email, "email"),
    (Kind::PhoneNumber, "phone_number"),
    (Kind::Relation, "relation"),
    (Kind::Files, "files"),
    (Kind::Formula, "formula"),
    (Kind::Rollup, "rollup"),
    (Kind::UniqueId, "unique_id"),
    (Kind::Button, "button"),
    (Kind::CreatedTime, "created_time"),
    (Kind::CreatedBy, "created_by"),
    (Kind::LastEditedTime, "last_edited_time"),
    (Kind::LastEditedBy, "last_edited_by"),
];

impl Kind {
    /// The kind of Notion's name for a type.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let known = NAMED.iter().find(|(_, known)| *known == name);
        known.map_or_else(|| Self::Other(name.to_owned()), |(kind, _)| kind.clone())
    }

    /// Notion's name for the type, which is also the key of a value's inner part.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            named => NAMED.iter().find(|(kind, _)| kind == named).map_or("", |(_, name)| name),
        }
    }

    /// True when a caller who writes `name` as the type means this kind: Notion's name, or what people call it.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let also: &[&str] = match self {
            Self::Title | Self::RichText => &["text", "string", "title", "rich_text"],
            Self::Select | Self::Status => &["option", "select", "status"],
            Self::MultiSelect => &["multiselect", "tags"],
            Self::Date => &["datetime", "date_range"],
            Self::People => &["person", "user", "users"],
            Self::Checkbox => &["boolean", "bool"],
            Self::Url => &["link"],
            Self::PhoneNumber => &["phone"],
            Self::Relation => &["relations"],
            Self::Files => &["file"],
            _ => &[],
        };
        name == self.name() || also.contains(&name.as_str())
    }

    /// Why nobody can set a property of this kind; none when it can be set.
    #[must_use]
    pub fn read_only_reason(&self) -> Option<&'static str> {
        match self {
            Self::Formula => Some("Notion computes it from other properties"),
            Self::Rollup => Some("Notion computes it over a relation"),
            Self::UniqueId => Some("Notion numbers the rows itself"),
            Self::Button => Some("a button holds no value"),
            Self::CreatedTime | Self::CreatedBy | Self::LastEditedTime | Self::LastEditedBy => {
                Some("Notion records it itself")
            }
            _ => None,
        }
    }

    /// What a value of this kind may look like, to end the sentence "Give ...".
    #[must_use]
    pub fn accepted(&self) -> &'static str {
        match self {
            Self::Title => "a text, or an array of Notion's rich text objects",
            Self::RichText => "a text with inline markdown, or an array of Notion's rich text objects",
            Self::Number => "a number",
            Self::Select => "the name of one option, or null for none",
            Self::Status => "the name of one option",
            Self::MultiSelect => "an array of option names, such as [\"Draft\", \"Urgent\"]",
            Self::Date => {
                "a date such as \"2026-01-10\", a time such as \"2026-01-10T09:30:00Z\", a range such as \
                 \"2026-01-10/2026-01-12\" or {\"start\": \"2026-01-10\", \"end\": \"2026-01-12\"}, or null for none"
            }
            Self::People => "an array of ids, names or email addresses of people",
            Self::Checkbox => "true or false",
            Self::Url => "a link, or null for none",
            Self::Email => "an email address, or null for none",
            Self::PhoneNumber => "a telephone number, or null for none",
            Self::Relation => "an array of ids, links or titles of related pages (page ids always work)",
            Self::Files => {
                "an array of links, or of objects such as {\"name\": \"Plan\", \"url\": \"https://...\"}"
            }
            _ => "Notion's own object, with the type as its key",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
