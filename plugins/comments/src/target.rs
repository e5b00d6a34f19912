//! What a comment is on: a page, a block, or the discussion that it answers.

use toolbay_sdk::notion::{NotionId, Object};
use toolbay_sdk::prelude::*;

/// One way to say it, by the name of its argument.
pub(crate) struct Target {
    pub(crate) kind: &'static str,
    pub(crate) id: NotionId,
}

/// The one that is given among these.
pub(crate) fn only(given: &[(&'static str, &Option<String>)]) -> Result<Target, Problem> {
    let mut present = given.iter().filter_map(|(kind, text)| Some((*kind, text.as_deref()?)));
    let names = || given.iter().map(|(kind, _)| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    match (present.next(), present.next()) {
        (Some((kind, text)), None) => Ok(Target { kind, id: object(kind).find(text)? }),
        (None, _) => Err(Problem::invalid_input("Nothing says what the comments are on.")
            .hint(format!("Give one of {}.", names()))),
        (Some(_), Some(_)) => Err(Problem::invalid_input("More than one thing is said to comment on.")
            .hint(format!("Give only one of {}.", names()))),
    }
}

fn object(kind: &str) -> Object {
    match kind {
        "page_id" => Object::Page,
        "block_id" => Object::Block,
        _ => Object::Discussion,
    }
}
