//! `[upstreams.NAME.probes.TOOL]`: how the outcome of a write to an MCP server is looked for.

use serde::Deserialize;
use serde_json::{Map, Value};
use toolbay_upstream::{ProbeSettings, Shows, Template, TemplateError};

/// A look, as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeLayer {
    /// A tool of the server that reads, by the server's own name.
    read: String,
    /// Its arguments.
    #[serde(default)]
    arguments: Map<String, Value>,
    /// Where in the answer a value stands.
    pointer: Option<String>,
    /// What it is once the write was carried out.
    equals: Option<Value>,
    /// What the answer contains then, instead.
    contains: Option<String>,
}

/// What is wrong with a look.
#[derive(Debug, thiserror::Error)]
pub enum ProbeLayerError {
    #[error("`read` names a tool of the server")]
    Read,
    #[error("`pointer` with `equals`, or `contains`, says what a write is known by: one of the two")]
    Shows,
    #[error("`pointer` begins with a slash, as in /ticket/id, or is empty for all of the answer")]
    Pointer,
    #[error("`contains` would find nothing in every answer")]
    Empty,
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl ProbeLayer {
    /// The settings of a look.
    ///
    /// # Errors
    ///
    /// [`ProbeLayerError`] says what is wrong.
    pub(super) fn resolve(self) -> Result<ProbeSettings, ProbeLayerError> {
        if self.read.is_empty() {
            return Err(ProbeLayerError::Read);
        }
        let shows = match (self.pointer, self.equals, self.contains) {
            (Some(pointer), Some(value), None) => {
                if !pointer.is_empty() && !pointer.starts_with('/') {
                    return Err(ProbeLayerError::Pointer);
                }
                Shows::Equals { pointer, value: Template::parse(value)? }
            }
            (None, None, Some(text)) if text.trim().is_empty() => return Err(ProbeLayerError::Empty),
            (None, None, Some(text)) => Shows::Contains(Template::parse(text.into())?),
            _ => return Err(ProbeLayerError::Shows),
        };
        let arguments = Template::parse(Value::Object(self.arguments))?;
        Ok(ProbeSettings { read: self.read, arguments, shows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<ProbeSettings, String> {
        let layer: ProbeLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        layer.resolve().map_err(|error| error.to_string())
    }

    #[test]
    fn a_look_is_a_tool_its_arguments_and_what_it_shows() {
        let equals = "read = \"get\"\narguments = { id = \"{/id}\", n = 1 }\npointer = \"/state\"\nequals = \"{/state}\"";
        let probe = resolved(equals).unwrap();
        let sent = serde_json::json!({"id": 7, "state": "open"});
        assert_eq!(probe.arguments.fill(&sent), Some(serde_json::json!({"id": 7, "n": 1})));
        assert!(resolved("read = \"find\"\ncontains = \"{/title}\"").is_ok());
        for (wrong, said) in [
            ("contains = \"x\"", "missing field `read`"),
            ("read = \"\"\ncontains = \"x\"", "`read` names a tool"),
            ("read = \"get\"", "one of the two"),
            ("read = \"get\"\npointer = \"/a\"", "one of the two"),
            ("read = \"get\"\npointer = \"/a\"\nequals = 1\ncontains = \"x\"", "one of the two"),
            ("read = \"get\"\npointer = \"a\"\nequals = 1", "begins with a slash"),
            ("read = \"get\"\ncontains = \" \"", "in every answer"),
            ("read = \"get\"\ncontains = \"{/x\"", "doesn't end"),
            ("read = \"get\"\narguments = { a = \"{/\" }\ncontains = \"x\"", "doesn't end"),
            ("read = \"get\"\ncontains = \"x\"\nretry = true", "unknown field `retry`"),
        ] {
            let error = resolved(wrong).unwrap_err();
            assert!(error.contains(said), "{wrong}: {error}");
        }
    }
}
