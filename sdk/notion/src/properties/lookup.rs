//! Finding what a name means: users by name or email, pages by title, and days by what they are called today.

use super::Property;
use crate::Error;
use crate::calendar::Calendar;
use crate::{NotionId, Object, excerpt};

/// Finds the user or the page that a name means.
pub trait Lookup {
    /// The id of the user with this name or email address.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when nobody, or more than one user, fits.
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error>;

    /// The id of the page with this title in a data source.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when no page, or more than one, has the title.
    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error>;

    /// Notion's name for the type of what a formula or rollup comes to, where the rows show it.
    fn result_type(&self, property: &Property) -> Option<String> {
        let _ = property;
        None
    }

    /// What relative dates are read by; none where they stay words, as in a view, or mean nothing.
    fn calendar(&self) -> Option<&Calendar> {
        None
    }

    /// True where `me` stays a word, as in a view, which shows each person what is theirs.
    fn keeps_me(&self) -> bool {
        false
    }
}

/// Knows nothing: people and pages are given by id.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdsOnly;

impl Lookup for IdsOnly {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        Err(Error::invalid_input(format!("`{}` is not a user id.", excerpt(name_or_email)))
            .hint("Give user ids; GET /v1/users lists names, emails and ids."))
    }

    fn page(&self, _data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        Object::Page.find(title)
    }
}

/// What becomes of an option that a select or multi-select does not have yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewOptions {
    /// It is refused, with the valid options: a typing error must not become an option.
    #[default]
    Refuse,
    /// It is sent, and Notion adds it to the property.
    Add,
}
