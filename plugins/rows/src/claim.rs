//! Claims: what operations look at and what they change. Two operations that hold the same claim and can't share it run one
//! after the other, and what the later one had read of it is read again.

use toolbay_sdk::notion::{NotionId, names};

/// How an operation holds a claim. It shares it with those that hold it in the same way, unless it is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// It is changed, and nobody else may at the same time.
    Exclusive,
    /// Relations of the page are changed, together with other links: they become one write.
    Linked,
    /// The other side of a two-way relation changes, or another child is added, as any number of others may.
    Related,
    /// It becomes another one, whatever others make of it.
    Changed,
    /// It is looked at.
    Seen,
    /// Rows are looked at, and made, by their keys in one table: keys of one table are told from each other.
    Keyed(u64),
}

impl Share {
    pub(crate) fn is_shared_with(self, other: Self) -> bool {
        self == other && self != Self::Exclusive
    }

    /// Whether who holds it so changes it.
    pub(crate) fn changes(self) -> bool {
        self != Self::Seen
    }
}

/// Adds a claim; one that is held in two ways is exclusive.
pub(crate) fn hold(claims: &mut Vec<(String, Share)>, claim: String, share: Share) {
    match claims.iter_mut().find(|(held, _)| *held == claim) {
        None => claims.push((claim, share)),
        // Who looks for rows by their keys looks at them.
        Some((_, Share::Keyed(_))) if share == Share::Seen => {}
        Some((_, held)) if *held == Share::Seen && matches!(share, Share::Keyed(_)) => *held = share,
        Some((_, held)) if *held != share => *held = Share::Exclusive,
        Some(_) => {}
    }
}

/// The claim that an operation may look at, or change, anything.
pub(crate) const EVERYTHING: &str = "everything";

/// Which rows a database has, whatever their values.
pub(crate) const ROWS: &str = "rows";

/// A page with its properties, whatever it is changed by.
pub(crate) fn page(id: &NotionId) -> String {
    format!("page {id}")
}

/// What a page or a block holds.
pub(crate) fn content(target: &str) -> String {
    format!("content {target}")
}

/// The comments on a page or a block.
pub(crate) fn comments(target: &str) -> String {
    format!("comments {target}")
}

/// The title that a page goes by, and that it is there.
pub(crate) fn named(id: &NotionId) -> String {
    format!("named {id}")
}

/// The page that an operation makes or finds, as long as nobody knows it.
pub(crate) fn made(number: usize) -> String {
    format!("made {number}")
}

/// A relation of pages that are not known, by the name of either of its sides.
pub(crate) fn relation(name: &str) -> String {
    format!("relation {}", folded(name))
}

/// Whether a claim is on values by which rows are found, or relations: what a look tells of is another thing afterwards.
pub(crate) fn is_of_values(claim: &str) -> bool {
    ["value ", "text ", "column ", "relation "].iter().any(|kind| claim.starts_with(kind)) || claim == ROWS
}

/// Whether who makes a row by its key changes what is claimed. Which rows there are, and texts that nobody can tell, it only
/// looks at: its own text is told.
pub(crate) fn is_made_by_key(claim: &str) -> bool {
    claim != ROWS && !claim.starts_with("text ")
}

/// The column that holds the title, in every data source.
pub(crate) const TITLE: &str = "title";

/// The values of a column of data sources that are known or not, each writer and reader with the half that it knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column<'a> {
    /// A data source, and the id of its column.
    Of(&'a str, &'a str),
    /// Of some data source that the batch knows.
    Known(&'a str),
    /// Of a data source that nobody has looked for, by id or name.
    Unknown(&'a str),
}

impl Column<'_> {
    fn key(self) -> String {
        match self {
            Self::Of(source, id) => format!("{source} {id}"),
            Self::Known(id) => format!("known {id}"),
            Self::Unknown(name) => format!("unknown {}", folded(name)),
        }
    }

    /// The claim on one value in it, as far as case and spacing tell.
    pub(crate) fn value(self, text: &str) -> String {
        format!("value {} {}", self.key(), folded(text))
    }

    /// The claim on all values that are read as texts, for who writes something that nobody can tell beforehand.
    pub(crate) fn any_text(self) -> String {
        format!("text {}", self.key())
    }

    /// The claim on all values.
    pub(crate) fn any(self) -> String {
        format!("column {}", self.key())
    }
}

/// A text without what names that are alike differ in.
pub(crate) fn folded(text: &str) -> String {
    let normal = names::normal(text);
    normal
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '_')
        .flat_map(char::to_lowercase)
        .collect()
}
