//! The types of views.

use std::borrow::Cow;

use schemars::{SchemaGenerator, json_schema};
use toolbay_sdk::prelude::*;

/// A type of view. It is chosen when the view is created, and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Table,
    Board,
    List,
    Calendar,
    Timeline,
    Gallery,
    Form,
    Chart,
    Map,
    Dashboard,
}

const NAMED: [(Kind, &str); 10] = [
    (Kind::Table, "table"),
    (Kind::Board, "board"),
    (Kind::List, "list"),
    (Kind::Calendar, "calendar"),
    (Kind::Timeline, "timeline"),
    (Kind::Gallery, "gallery"),
    (Kind::Form, "form"),
    (Kind::Chart, "chart"),
    (Kind::Map, "map"),
    (Kind::Dashboard, "dashboard"),
];

impl Kind {
    /// Notion's name for the type.
    pub(crate) fn name(self) -> &'static str {
        NAMED.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of Notion's name for a type; none for one that came after this was written.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        NAMED.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

// By hand, so that the variants' documentation does not become a `oneOf`, which clients refuse.
impl JsonSchema for Kind {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Kind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "string", "enum": NAMED.map(|(_, name)| name) })
    }
}
