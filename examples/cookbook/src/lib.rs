//! The recipes of `docs/cookbook.md`, each in a file of its own: the page says what stands here, which a test holds it to.

mod changed_since;
mod close_late;
mod comment_texts;
mod largest;
mod spent;
mod through_another_tool;
mod with_content;

toolbay_sdk::plugin!(
    changed_since::changed_since,
    close_late::close_late,
    comment_texts::comment_texts,
    largest::largest,
    spent::spent,
    through_another_tool::log_visit,
    with_content::open_incident,
);

#[cfg(test)]
mod tests;
