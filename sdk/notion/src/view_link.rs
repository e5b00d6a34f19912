//! Links to a view of a database, whose rows are more than the view shows.

use super::Object;
use super::link::{self, Named, Part};

/// What an answer says that has a database's rows where a link to one of its views was given.
pub const VIEW_NOTE: &str = "The link is that of a view: the view's filter and sorts are not applied.";

impl Object {
    /// True for a link that names a view of the database, or of the data source, that it leads to.
    #[must_use]
    pub fn names_view(text: &str) -> bool {
        matches!(link::read(text), Some(Named::Link(link)) if matches!(link.view, Part::Id(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_view_is_told_from_one_to_the_database() {
        const ID: &str = "59833787e2cf4fdf8782e53db20768a5";
        assert!(Object::names_view(&format!("https://www.notion.so/acme/{ID}?v={ID}")));
        for text in
            [ID.to_owned(), format!("https://www.notion.so/acme/Tasks-{ID}?pvs=4"), "Tasks".to_owned()]
        {
            assert!(!Object::names_view(&text), "{text}");
        }
    }
}
