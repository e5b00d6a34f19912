//! Databases, the containers, and data sources, the tables in them (split since 2025-09-03).

use serde_json::Value;

use crate::check::query_string::decode_segment;
use crate::model::Stamps;
use crate::model::parent::Parent;
use crate::rich_text::{of, plain};

/// A database: a title and a place for data sources.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) parent: Parent,
    pub(crate) title: Value,
    pub(crate) description: Value,
    pub(crate) icon: Value,
    pub(crate) cover: Value,
    pub(crate) is_inline: bool,
    pub(crate) is_locked: bool,
    pub(crate) in_trash: bool,
    pub(crate) data_sources: Vec<String>,
    /// Its views, in the order of their tabs.
    pub(crate) views: Vec<String>,
}

/// What Notion calls a database without a title (recorded); its data source has none.
const UNTITLED: &str = "New database";

impl Database {
    /// The title that it is shown with.
    pub(crate) fn shown_title(&self) -> Value {
        if plain(&self.title).is_empty() { of(UNTITLED) } else { self.title.clone() }
    }
}

/// One column of a data source.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Value,
    pub(crate) kind: String,
    /// What stands under the key of the type, as the API writes it.
    pub(crate) config: Value,
}

impl Property {
    /// Whether the text names the property: by name, by id, or by its id decoded.
    pub(crate) fn answers_to(&self, key: &str) -> bool {
        self.name == key || self.id == key || decode_segment(&self.id) == key
    }
}

/// A table of pages with one schema.
#[derive(Clone, Debug)]
pub(crate) struct DataSource {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) stamps: Stamps,
    /// Always a database.
    pub(crate) parent: Parent,
    pub(crate) title: Value,
    pub(crate) icon: Value,
    pub(crate) in_trash: bool,
    pub(crate) properties: Vec<Property>,
    /// The last number that a `unique_id` property gave out. Never reused.
    pub(crate) last_number: u64,
}

impl DataSource {
    pub(crate) fn property(&self, key: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.name == key)
            .or_else(|| self.properties.iter().find(|property| property.answers_to(key)))
    }

    pub(crate) fn property_mut(&mut self, id: &str) -> Option<&mut Property> {
        self.properties.iter_mut().find(|property| property.id == id)
    }
}
