//! Rich text without the titles of what is outside.

use serde_json::{Value, json};
use toolbay_kernel::narrowing::Object;

use super::lens::Lens;
use crate::narrowing::member::{copied, text};
use crate::narrowing::objects::{DATA_SOURCE, DATABASE, PAGE};
use crate::narrowing::tags::HIDDEN;
use crate::routes::normalise_id;

impl Lens<'_> {
    /// The runs, each mention of something outside as a text that says so.
    pub(super) fn rich_text(&self, runs: &Value) -> Value {
        match runs {
            Value::Array(runs) => runs.iter().map(|run| self.run(run)).collect(),
            // A property's own endpoint has one run an item.
            Value::Object(_) => self.run(runs),
            other => other.clone(),
        }
    }

    fn run(&self, run: &Value) -> Value {
        const MEMBERS: [&str; 7] =
            ["type", "text", "equation", "mention", "annotations", "plain_text", "href"];
        if self.is_seen(run) {
            return copied(run, &MEMBERS).into();
        }
        json!({
            "type": "text",
            "text": {"content": HIDDEN, "link": null},
            "annotations": run.get("annotations"),
            "plain_text": HIDDEN,
            "href": null,
        })
    }

    /// Whether a run shows nothing from outside.
    pub(super) fn is_seen(&self, run: &Value) -> bool {
        match text(run, "type") {
            Some("text" | "equation") => true,
            Some("mention") => run.get("mention").is_some_and(|mention| self.is_mention_seen(mention)),
            _ => false,
        }
    }

    fn is_mention_seen(&self, mention: &Value) -> bool {
        let kind = match text(mention, "type") {
            Some("user" | "date" | "custom_emoji" | "template_mention" | "link_preview" | "link_mention") => {
                return true;
            }
            Some("page") => PAGE,
            Some("database") => DATABASE,
            Some("data_source") => DATA_SOURCE,
            _ => return false,
        };
        let id = mention.pointer(&format!("/{kind}/id")).and_then(Value::as_str).and_then(normalise_id);
        id.is_some_and(|id| self.view.holds(&Object::place(kind, id)))
    }
}
