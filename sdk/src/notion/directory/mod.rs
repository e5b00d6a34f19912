//! Names of people and titles of related pages, looked up in few requests.

mod pages;
mod people;

use toolbay_sdk_notion::directory::{Pages, People};
use toolbay_sdk_notion::{Calendar, Error, Lookup, NotionId, markdown};

use crate::{Call, Code, Problem};

pub use toolbay_sdk_notion::directory::{References, Titled};

/// What the names in a caller's values mean.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    people: People,
    pages: Pages,
    calendar: Option<Calendar>,
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
            people: people::load(call, references.people())?,
            pages: pages::load(call, references.titles())?,
            calendar: references.has_relative_dates().then(|| call.calendar()).transpose()?,
        })
    }

    /// The pages of a data source that a title may mean, among those that were looked up.
    #[must_use]
    pub fn titled(&self, data_source_id: &str, title: &str) -> Titled {
        self.pages.titled(data_source_id, title)
    }

    /// What relative dates are read by, where there are any.
    #[must_use]
    pub fn calendar(&self) -> Option<&Calendar> {
        self.calendar.as_ref()
    }

    /// What was taken for something else: a sentence for each title that only a title alike was found for; and what the
    /// relative dates that were read have come to.
    #[must_use]
    pub fn notes(&self, references: &References) -> Vec<String> {
        let titles =
            references.titles().iter().flat_map(|(id, titles)| titles.iter().map(move |title| (id, title)));
        let alike = titles.filter_map(|(id, title)| self.titled(id, title).only(title).ok()?.1);
        alike.chain(self.calendar.as_ref().and_then(Calendar::take_told)).collect()
    }
}

/// Reads texts that may mention people as `@Name`. Nobody is looked up unless a text has such a name; then `read` runs again,
/// with the people whom the connection sees.
///
/// # Errors
///
/// What `read` refuses. People who can't be listed are no error: their names stay text, and a note of `read` says why.
pub fn with_people<T, E>(call: &Call, read: impl Fn(&markdown::People) -> Result<T, E>) -> Result<T, Problem>
where
    Problem: From<E>,
{
    let nobody = markdown::People::default();
    let done = read(&nobody);
    if !nobody.are_wanted() {
        return Ok(done?);
    }
    // What is wrong with the texts is wrong whoever is meant.
    done?;
    match people::everybody(call) {
        Ok(people) => Ok(read(&markdown::People::new(people))?),
        Err(problem) if problem.code == Code::Forbidden => {
            Ok(read(&markdown::People::hidden("this integration may not list users"))?)
        }
        Err(problem) if problem.code == Code::LimitExceeded => Ok(read(&markdown::People::hidden(
            "the workspace has too many users to look for names among them",
        ))?),
        Err(problem) => Err(problem),
    }
}

impl Lookup for Directory {
    fn person(&self, name_or_email: &str) -> Result<NotionId, Error> {
        self.people.find(name_or_email)
    }

    fn page(&self, data_source_id: &str, title: &str) -> Result<NotionId, Error> {
        self.titled(data_source_id, title).only(title).map(|(id, _)| id)
    }

    fn calendar(&self) -> Option<&Calendar> {
        self.calendar.as_ref()
    }
}
