//! Which operations depend on what others before them do, though they name no result of theirs.

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::batch::Batch;
use crate::operation::{Kind, Operation, Share};

/// Whether an operation may change what any other one is checked against: a schema, or what is in the trash together with
/// all that is below it.
pub(crate) fn is_wide(kind: Kind, arguments: &Map<String, Value>) -> bool {
    match kind {
        Kind::Tool("update_database") => true,
        Kind::Tool("trash") => arguments
            .get("restore")
            .is_some_and(|restore| !matches!(restore, Value::Bool(false) | Value::Null)),
        Kind::Tool("notion_request") => !reads(arguments),
        _ => false,
    }
}

/// Whether a request of Notion's API only reads.
fn reads(arguments: &Map<String, Value>) -> bool {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let path = text("path").trim_end_matches('/');
    text("method").eq_ignore_ascii_case("get") || path.ends_with("/query") || path.ends_with("/search")
}

/// What the claim on a title begins with.
const TITLE: &str = "title ";

/// Whether an operation changes what another one on the same thing looks at before it writes: where a page is, or its
/// content. Values of properties are not looked at but to be replaced.
fn changes_what_is_looked_at(earlier: Kind, later: Kind) -> bool {
    let (Kind::Tool(earlier), Kind::Tool(later)) = (earlier, later) else { return false };
    const CONTENT: [&str; 5] = ["append_blocks", "attach_file", "delete_block", "edit_page", "update_block"];
    matches!(earlier, "archive" | "move_page") || CONTENT.contains(&earlier) && CONTENT.contains(&later)
}

/// Whether an operation changes a text somewhere, and another one looks for a text: nobody says on which page a block is.
fn changes_some_text(earlier: Kind, later: Kind) -> bool {
    later == Kind::Tool("edit_page") && matches!(earlier, Kind::Tool("delete_block" | "update_block"))
}

impl Batch<'_> {
    /// The first operation that has to wait, for a wide one or because it is one; those after it wait too.
    pub(crate) fn first_held_back(&self) -> usize {
        let mut unfinished = self.operations.iter().enumerate().filter(|(_, operation)| !operation.is_done());
        let mut before = 0;
        match unfinished.find(|(_, operation)| {
            before += 1;
            operation.is_wide
        }) {
            None => self.operations.len(),
            Some((number, _)) if before == 1 => number + 1,
            Some((number, _)) => number,
        }
    }

    /// Whether what an operation is checked against may be other than it is now once those before it are done: one of them
    /// may change anything, makes a page that this one names, or changes the very thing that it looks at.
    pub(crate) fn may_find_another_world(&self, number: usize) -> bool {
        let Some(own) = self.operations.get(number) else { return false };
        let is_claimed = |claim: &str| own.claims.iter().any(|(known, _)| known == claim);
        let mut before = self.operations.iter().take(number);
        before.any(|earlier| {
            let mut shared = earlier.claims.iter().filter(|(claim, _)| is_claimed(claim));
            let works_on_the_same = shared.any(|(claim, share)| match share {
                Share::Own if claim.starts_with(TITLE) => true,
                Share::Own => changes_what_is_looked_at(earlier.kind, own.kind),
                Share::Linked | Share::Related => false,
            });
            earlier.is_wide || works_on_the_same || changes_some_text(earlier.kind, own.kind)
        })
    }

    /// Notes the titles of the pages that `create_page` makes, and which operations name them.
    pub(crate) fn note_titles(&mut self) {
        if self.operations.len() < 2 {
            return;
        }
        for number in 0..self.operations.len() {
            if let Some((source, title)) = self.new_title(number) {
                self.promised.add(&source, &title, number);
                self.claim_title(number, &title, Share::Own);
            }
        }
        for number in 0..self.operations.len() {
            let Some(operation) = self.operations.get(number) else { continue };
            let (Kind::Tool(_), Some(properties)) = (operation.kind, operation.arguments.get("properties"))
            else {
                continue;
            };
            let mut texts = Vec::new();
            collect_texts(properties, &mut texts);
            texts.retain(|text| self.promised.is_before(text, number));
            for text in texts {
                self.claim_title(number, &text, Share::Related);
            }
        }
    }

    pub(crate) fn claim_title(&mut self, number: usize, title: &str, share: Share) {
        if let Some(operation) = self.operation(number) {
            operation.claim(format!("{TITLE}{}", title.trim().to_lowercase()), share);
        }
    }

    /// The data source and the title of the row that a `create_page` makes.
    fn new_title(&mut self, number: usize) -> Option<(String, String)> {
        let operation: &Operation = self.operations.get(number).filter(|operation| !operation.is_done())?;
        if operation.kind != Kind::Tool("create_page") {
            return None;
        }
        let database = operation.arguments.get("database_id")?.as_str()?.to_owned();
        let title = operation.arguments.get("title").and_then(Value::as_str).map(str::to_owned);
        let properties = operation.arguments.get("properties").and_then(Value::as_object).cloned();
        // One that can't be found is refused by the tool itself.
        let source = self.sources.find(self.call, &database).ok()?;
        let source = self.sources.get(source).ok()?;
        let named = source.schema.title()?.name.as_str();
        let title = title.or_else(|| Some(properties?.get(named)?.as_str()?.to_owned()))?;
        Some((source.id.clone(), title))
    }
}

fn collect_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|element| collect_texts(element, found)),
        Value::Object(members) => members.values().for_each(|member| collect_texts(member, found)),
        _ => {}
    }
}
