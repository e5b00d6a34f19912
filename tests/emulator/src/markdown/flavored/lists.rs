//! Items of lists, the only blocks whose children are indented.

use serde_json::{Value, json};

use crate::json::{put, single};
use crate::markdown::flavored::blocks::{self, Body};
use crate::markdown::flavored::lines::{Item, ItemKind, is_inside};

/// An item: its sign, the text behind it, and the lines that belong to it.
pub(super) fn item(item: Item, rest: &[&str]) -> Value {
    let mut lines = vec![item.text];
    for line in rest {
        let inside = line.strip_prefix('\t').unwrap_or_else(|| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let width = if is_inside(line, item.width) { blanks.min(item.width) } else { 0 };
            line.get(width..).unwrap_or_default()
        });
        lines.push(inside);
    }
    made(item.kind, blocks::body(&lines))
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
