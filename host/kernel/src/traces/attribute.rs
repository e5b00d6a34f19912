//! What a span may say. What isn't in this list can't be said.

use std::borrow::Cow;

use crate::printable;

/// Bytes of a text, before the mark that it goes on: a route or a name fits.
const MAX_TEXT: usize = 200;

/// Something that a span says. Where OpenTelemetry has a name for it, it is that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// The way in.
    Surface,
    /// The tool's name, of a tool that there is.
    Tool,
    /// The call's id, which is the `request_id` of its answer.
    RequestId,
    /// `ok`, or the code of the problem.
    Outcome,
    /// The code of the problem, where there is one.
    Error,
    /// The method of MCP.
    McpMethod,
    /// The method of HTTP, or what stands for it at this egress.
    Method,
    /// The template of the path.
    Route,
    /// The status of HTTP.
    Status,
    /// The egress of an effect.
    Egress,
    /// What an effect does: `reads`, `writes` or `destroys`.
    Access,
    /// How often an effect was sent.
    Attempts,
    /// How long it waited for its budget and before a further sending.
    WaitedMs,
}

impl Attribute {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Surface => "toolbay.surface",
            Self::Tool => "gen_ai.tool.name",
            Self::RequestId => "toolbay.request_id",
            Self::Outcome => "toolbay.outcome",
            Self::Error => "error.type",
            Self::McpMethod => "mcp.method.name",
            Self::Method => "http.request.method",
            Self::Route => "http.route",
            Self::Status => "http.response.status_code",
            Self::Egress => "toolbay.egress",
            Self::Access => "toolbay.access",
            Self::Attempts => "toolbay.attempts",
            Self::WaitedMs => "toolbay.waited_ms",
        }
    }
}

/// What an attribute says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A short text.
    Text(Cow<'static, str>),
    Number(i64),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    /// The beginning of a text that is too long, fit for a terminal.
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(printable::line(&text, MAX_TEXT)))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_and_one_line() {
        let Value::Text(text) = Value::from(format!("a\n{}", "x".repeat(1_000))) else { panic!("a text") };
        assert!(text.len() <= MAX_TEXT + '…'.len_utf8() && !text.contains('\n'));
    }
}
