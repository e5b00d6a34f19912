//! The inline markdown of one call: how it is read, and the notes about it.

use serde_json::{Value, json};

use super::people::People;
use super::{ARRAY_LIMIT, TEXT_LIMIT, read, run};
use crate::Error;
use crate::excerpt;

/// Reads one text after the other.
#[derive(Debug)]
pub(crate) struct Inline<'people> {
    people: &'people People,
    /// Whether a text with a tag of Notion's that is unknown here stays as it is written, because Notion reads it.
    keeps_tags: bool,
    /// What of the texts has no place in rich text, or was not read as it may have been meant; clauses without an end.
    pub(crate) notes: Vec<String>,
}

/// The type of an element that stands for a text as it is written. No request has it.
pub(crate) const VERBATIM: &str = "verbatim";

impl<'people> Inline<'people> {
    pub(crate) fn new(people: &'people People) -> Self {
        Self { people, keeps_tags: false, notes: Vec::new() }
    }

    /// For a text that Notion will read as markdown again.
    pub(crate) fn keeping_tags(people: &'people People) -> Self {
        Self { people, keeps_tags: true, notes: Vec::new() }
    }

    pub(crate) fn keeps_tags(&self) -> bool {
        self.keeps_tags
    }

    /// Rich text for inline markdown.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` for more objects than an array takes.
    pub(crate) fn elements(&mut self, text: &str) -> Result<Vec<Value>, Error> {
        let reading = read::read(text, self.people);
        if self.keeps_tags && reading.has_unread_tag {
            return Ok(vec![json!({ "type": VERBATIM, VERBATIM: text })]);
        }
        let pieces: usize = reading.runs.iter().map(run::Run::pieces).sum();
        if pieces > ARRAY_LIMIT {
            return Err(Error::limit_exceeded(format!(
                "The text needs {pieces} pieces; Notion takes {ARRAY_LIMIT} of {TEXT_LIMIT} characters in one place.",
            ))
            .hint("Divide it into several, or use fewer changes of style."));
        }
        if reading.has_image {
            self.notes.push("an image inside text became a link".to_owned());
        }
        if reading.has_title {
            self.notes.push("the title of a link was left out".to_owned());
        }
        self.notes.extend(reading.unknown_people);
        let unlinked = reading.unlinked.iter();
        self.notes.extend(unlinked.map(|url| {
            format!("`{}` is no address that Notion links to, so the link stayed text", excerpt(url))
        }));
        Ok(run::elements(&reading.runs))
    }
}
