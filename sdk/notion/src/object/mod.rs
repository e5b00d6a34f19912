//! Which object a caller means: an id or a link is resolved by the kind of object that a tool works on.

use super::link::{self, Link, Named, Part, Sole};
use super::{NotionId, excerpt};
use crate::Error;

/// What a tool, or one of its arguments, works on. One link can name a database, a view of it, a row that is open above
/// it, and a block of that row; the kind decides which of them is meant. A kind that the link doesn't name is refused:
/// never is the thing around it taken instead.
///
/// There are two strengths. [`Object::find`] passes over what stands beside the wanted object, such as the block within a
/// page. [`Object::decide`] is for what trashes, moves or overwrites: the link must name exactly that object.
///
/// An id alone doesn't tell its kind; it is taken for the wanted one.
///
/// ```
/// use toolbay_sdk_notion::Object;
///
/// let link = "https://www.notion.so/acme/11833787e2cf4fdf8782e53db20768a5?v=22833787e2cf4fdf8782e53db20768a5\
///             &p=59833787e2cf4fdf8782e53db20768a5&pm=s";
/// assert_eq!(Object::Page.find(link)?.to_string(), "59833787-e2cf-4fdf-8782-e53db20768a5");
/// assert_eq!(Object::View.find(link)?.to_string(), "22833787-e2cf-4fdf-8782-e53db20768a5");
/// assert_eq!(Object::Database.find(link)?.to_string(), "11833787-e2cf-4fdf-8782-e53db20768a5");
/// assert!(Object::Person.find(link).is_err());
/// # Ok::<(), toolbay_sdk_notion::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// A page, also one that is a row.
    Page,
    /// A database, or one of its data sources.
    Database,
    /// A page, a database or a data source: what can be read, and what holds others.
    PageOrDatabase,
    /// A block, or a page as what holds blocks.
    Block,
    /// A view of a database.
    View,
    /// A user.
    Person,
    /// A comment.
    Comment,
    /// A discussion, which comments belong to.
    Discussion,
    /// A page, database, data source or block, whichever is named most closely.
    Anything,
}

/// How exactly a link has to name an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Find,
    Decide,
}

impl Object {
    /// The object of this kind that an id or link names, also where the link names something within it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a text that is neither id nor link, and for a link that names no such object.
    pub fn find(self, text: &str) -> Result<NotionId, Error> {
        self.read(text, Strength::Find)?.ok_or_else(|| NotionId::refused(text))
    }

    /// The object of this kind that an id or link names exactly.
    ///
    /// # Errors
    ///
    /// As [`Object::find`], and for a link that names another object, or one within it.
    pub fn decide(self, text: &str) -> Result<NotionId, Error> {
        self.read(text, Strength::Decide)?.ok_or_else(|| NotionId::refused(text))
    }

    /// As [`Object::find`], for an argument that may be a name as well: none for what is neither id nor link.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a link that names no such object.
    pub fn find_unless_name(self, text: &str) -> Result<Option<NotionId>, Error> {
        self.read(text, Strength::Find)
    }

    fn read(self, text: &str, strength: Strength) -> Result<Option<NotionId>, Error> {
        let found = match link::read(text) {
            None => return Ok(None),
            Some(Named::Id(id)) => Some(id),
            Some(Named::Sole(sole, id)) => self.is_of(sole, strength).then_some(id),
            Some(Named::Link(link)) => match self.in_link(&link, strength) {
                Part::Id(id) => Some(id),
                Part::Absent | Part::Unreadable => None,
            },
        };
        found.map(Some).ok_or_else(|| self.unnamed(text))
    }

    fn is_of(self, sole: Sole, strength: Strength) -> bool {
        match sole {
            Sole::Page => match self {
                Self::Block => strength == Strength::Find,
                _ => matches!(self, Self::Page | Self::PageOrDatabase | Self::Anything),
            },
            Sole::Database => matches!(self, Self::Database | Self::PageOrDatabase | Self::Anything),
            Sole::View => self == Self::View,
            Sole::Block => matches!(self, Self::Block | Self::Anything),
            Sole::Person => self == Self::Person,
            Sole::Discussion => self == Self::Discussion,
            Sole::Comment => self == Self::Comment,
        }
    }

    /// The part of a link that is of this kind. What stands within the wanted object is passed over only when finding.
    fn in_link(self, link: &Link, strength: Strength) -> Part {
        let is_exact = strength == Strength::Decide;
        let names_block = link.block != Part::Absent;
        // Something within the page: a block of it, or what was said there.
        let names_inner = names_block || link.discussion != Part::Absent;
        match self {
            Self::Page if is_exact && names_inner => Part::Absent,
            Self::Page => page(link),
            Self::Database if names_block && link.view == Part::Absent && link.peek == Part::Absent => {
                Part::Absent
            }
            Self::Database => link.path,
            Self::PageOrDatabase if is_exact && names_inner => Part::Absent,
            Self::PageOrDatabase if link.peek == Part::Absent => link.path,
            Self::PageOrDatabase => link.peek,
            Self::Block if names_block => link.block,
            Self::Block if is_exact => Part::Absent,
            Self::Block => page(link),
            Self::View => link.view,
            Self::Discussion => link.discussion,
            Self::Anything if names_block => link.block,
            Self::Anything => page(link),
            Self::Person | Self::Comment => Part::Absent,
        }
    }

    fn unnamed(self, text: &str) -> Error {
        let named = link::read(text).map(described).unwrap_or_default();
        Error::invalid_input(format!("`{}` names {named}, not {}.", excerpt(text.trim()), self.wanted()))
            .hint(format!(
                "Give the id of {} alone, which is 32 hexadecimal digits, or a link that names it.",
                self.wanted()
            ))
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Page => "a page",
            Self::Database => "a database",
            Self::PageOrDatabase => "a page or database",
            Self::Block => "a block",
            Self::View => "a view",
            Self::Person => "a person",
            Self::Comment => "a comment",
            Self::Discussion => "a discussion",
            Self::Anything => "one page, database, data source or block",
        }
    }
}

/// The page that is open: above another one, or in the path, where a view shows that to be a database.
fn page(link: &Link) -> Part {
    match (link.peek, link.view) {
        (Part::Absent, Part::Absent) => link.path,
        (peek, _) => peek,
    }
}

/// What a text names, from the innermost outward.
fn described(named: Named) -> String {
    let link = match named {
        Named::Id(id) => return format!("`{id}`"),
        Named::Sole(sole, id) => return format!("the {} `{id}`", kind(sole)),
        Named::Link(link) => link,
    };
    let container = if link.view == Part::Absent { "page or database" } else { "database" };
    let parts = [
        ("block", link.block),
        ("discussion", link.discussion),
        ("page", link.peek),
        ("view", link.view),
        (if link.block == Part::Absent || link.peek != Part::Absent { container } else { "page" }, link.path),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter_map(|(kind, part)| match part {
            Part::Absent => None,
            Part::Id(id) => Some(format!("the {kind} `{id}`")),
            Part::Unreadable => Some(format!("a {kind} whose id can't be read")),
        })
        .collect();
    if said.is_empty() { "nothing with an id".to_owned() } else { said.join(" in ") }
}

fn kind(sole: Sole) -> &'static str {
    match sole {
        Sole::Page => "page",
        Sole::Database => "database",
        Sole::View => "view",
        Sole::Block => "block",
        Sole::Person => "person",
        Sole::Discussion => "discussion",
        Sole::Comment => "comment",
    }
}

#[cfg(test)]
mod tests;
