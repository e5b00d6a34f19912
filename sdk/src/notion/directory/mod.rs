//! Names of people and titles of related pages, looked up in few requests.

mod pages;
mod people;
mod references;

use self::pages::Pages;
use self::people::People;
use super::NotionId;
use super::properties::Lookup;
use crate::{Call, Problem};

pub use references::References;

/// What the names in a caller's values mean.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    people: People,
    pages: Pages,
}

impl Directory {
    /// Looks up all that `references` hold; nothing is sent when they hold nothing.
    ///
    /// People cost one request per 100 users of the workspace, from the host's cache where it has them. Titles cost one
    /// query per 100 of them and data source, all side by side.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` for more users or matches than are read through. What Notion refuses is passed on. A name that
    /// fits nothing, or too much, is no error here: it is refused where it is used.
    pub fn load(call: &Call, references: &References) -> Result<Self, Problem> {
        Ok(Self {
            people: People::load(call, &references.people)?,
            pages: Pages::load(call, &references.titles)?,
        })
    }
}

impl Lookup for Directory {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Problem> {
        self.people.find(name_or_email)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Problem> {
        self.pages.find(data_source_id, title)
    }
}
