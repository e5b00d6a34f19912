//! Items of lists, the only blocks whose children are indented.

use serde_json::{Value, json};

use crate::json::{put, single};
use crate::markdown::flavored::body::Body;
use crate::markdown::flavored::lines::{Item, ItemKind, is_inside};

/// The lines of an item: the text behind its sign, and what belongs to it without its indentation.
pub(super) fn lines<'a>(item: Item<'a>, rest: &[&'a str]) -> Vec<&'a str> {
    let mut lines = vec![item.text];
    for line in rest {
        let inside = line.strip_prefix('\t').unwrap_or_else(|| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let width = if is_inside(line, item.width) { blanks.min(item.width) } else { 0 };
            line.get(width..).unwrap_or_default()
        });
        lines.push(inside);
    }
    lines
}

pub(super) fn made(kind: ItemKind, body: Body) -> Value {
    let Body { text, children } = body;
    let mut content = json!({"rich_text": text});
    if let ItemKind::Task(checked) = kind {
        put(&mut content, "checked", json!(checked));
    }
    if !children.is_empty() {
        put(&mut content, "children", Value::from(children));
    }
    single(name(kind), content)
}

fn name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Bulleted => "bulleted_list_item",
        ItemKind::Numbered => "numbered_list_item",
        ItemKind::Task(_) => "to_do",
    }
}
