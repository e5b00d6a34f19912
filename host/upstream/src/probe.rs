//! How the outcome of a write is looked for after its answer was lost: by a tool of the same server that reads, which the
//! operator named.
//!
//! Only they know what a server shows of a write. What a look shows counts as carried out where it is as they said; whatever else it
//! shows says nothing: the server may still be at work.

use std::fmt;

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};
use toolbay_kernel::Problem;
use toolbay_kernel::gate::{ResolvedRequest, Response};
use toolbay_kernel::recovery::{Probe, Verdict};

use crate::answer;
use crate::template::Template;

/// A tool that reads, and what it shows once a write was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeSettings {
    /// The tool, by its server's name for it.
    pub read: String,
    /// Its arguments, filled from those of the write.
    pub arguments: Template,
    pub shows: Shows,
}

/// What an answer shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Shows {
    /// This value at this JSON pointer of its data.
    Equals { pointer: String, value: Template },
    /// This text, somewhere.
    Contains(Template),
}

/// What an answer has to show, with its places filled.
#[derive(Debug, PartialEq)]
pub(crate) enum Wanted {
    Equals { pointer: String, value: Value },
    Contains(String),
}

impl Shows {
    /// With its places filled; none where that can't be, and for a text that every answer has.
    pub(crate) fn filled(&self, arguments: &Value) -> Option<Wanted> {
        match self {
            Self::Equals { pointer, value } => {
                Some(Wanted::Equals { pointer: pointer.clone(), value: value.fill(arguments)? })
            }
            Self::Contains(text) => match text.fill(arguments)? {
                Value::String(text) if !text.trim().is_empty() => Some(Wanted::Contains(text)),
                number @ Value::Number(_) => Some(Wanted::Contains(number.to_string())),
                _ => None,
            },
        }
    }
}

/// One look for one write.
pub(crate) struct ToolProbe {
    /// What it asks, by its published name.
    pub(crate) tool: String,
    pub(crate) look: ResolvedRequest,
    pub(crate) wanted: Wanted,
}

impl Probe for ToolProbe {
    fn look(&self) -> ResolvedRequest {
        self.look.clone()
    }

    fn judge(&self, seen: &Result<Response, Problem>, _is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let read = seen.as_ref().ok().and_then(|seen| serde_json::from_str(seen.body.text()).ok());
        let Some(result): Option<CallToolResult> = read else { return Verdict::NotSeen };
        if !shows(&self.wanted, result) {
            tracing::info!(tool = self.tool, "upstream.write_not_seen");
            return Verdict::NotSeen;
        }
        // Not what was read: whoever called the write may not be one who may read.
        let told = format!("It was carried out. Its answer was lost, and `{}` shows that it was.", self.tool);
        let answer = CallToolResult::success(vec![ContentBlock::text(told)]);
        match serde_json::to_value(&answer) {
            Ok(body) => Verdict::CarriedOut(Response { status: 200, body: body.into() }),
            Err(_) => Verdict::NotSeen,
        }
    }
}

impl fmt::Debug for ToolProbe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ToolProbe").field("tool", &self.tool).finish_non_exhaustive()
    }
}

fn shows(wanted: &Wanted, result: CallToolResult) -> bool {
    let texts: Vec<String> = result
        .content
        .iter()
        .filter_map(|block| match block {
            ContentBlock::Text(text) => Some(text.text.clone()),
            _ => None,
        })
        .collect();
    let data = answer::of(result).data;
    match wanted {
        Wanted::Equals { pointer, value } => {
            data.as_ref().and_then(|data| data.pointer(pointer)).is_some_and(|found| found == value)
        }
        Wanted::Contains(text) => {
            // In data a text stands as JSON writes it.
            let quoted = json!(text).to_string();
            let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted);
            texts.iter().any(|part| part.contains(text.as_str()))
                || data.is_some_and(|data| data.to_string().contains(inner))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(value: Value) -> CallToolResult {
        serde_json::from_value(value).unwrap()
    }

    fn template(value: Value) -> Template {
        Template::parse(value).unwrap()
    }

    #[test]
    fn an_answer_shows_a_value_at_a_place_of_its_data() {
        let equals = |pointer: &str, value: Value| Wanted::Equals { pointer: pointer.to_owned(), value };
        let structured = result(json!({"content": [], "structuredContent": {"state": "open", "n": [1]}}));
        let text = result(json!({"content": [{"type": "text", "text": "{\"state\":\"open\"}"}]}));
        for answer in [&structured, &text] {
            assert!(shows(&equals("/state", json!("open")), answer.clone()));
            assert!(!shows(&equals("/state", json!("closed")), answer.clone()));
            assert!(!shows(&equals("/none", json!(null)), answer.clone()));
        }
        assert!(shows(&equals("/n/0", json!(1)), structured));
        let prose = result(json!({"content": [{"type": "text", "text": "state: open"}]}));
        assert!(!shows(&equals("/state", json!("open")), prose));
    }

    #[test]
    fn an_answer_shows_a_text_in_its_words_or_in_its_data() {
        let wanted = Wanted::Contains("say \"hi\"".to_owned());
        let prose = result(json!({"content": [{"type": "text", "text": "They say \"hi\"."}]}));
        let data = result(json!({"content": [], "structuredContent": {"title": "say \"hi\""}}));
        assert!(shows(&wanted, prose) && shows(&wanted, data));
        let other = result(json!({"content": [], "structuredContent": {"title": "say \"hi\\there"}}));
        assert!(!shows(&wanted, other));
        assert!(!shows(&wanted, result(json!({"content": [{"type": "text", "text": "They say hi."}]}))));
    }

    #[test]
    fn a_text_that_is_in_every_answer_shows_nothing() {
        let shows = Shows::Contains(template(json!("{/title}")));
        assert_eq!(shows.filled(&json!({"title": "mill"})), Some(Wanted::Contains("mill".to_owned())));
        for arguments in [json!({"title": " "}), json!({}), json!({"title": null}), json!({"title": ["x"]})] {
            assert_eq!(shows.filled(&arguments), None);
        }
    }
}
