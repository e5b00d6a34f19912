//! What MCP servers say otherwise of their tools than was accepted, and accepting it.

use serde_json::{Map, Value};

use crate::audit::Actor;
use crate::name::UpstreamName;
use crate::store_error::StoreError;
use crate::upstream::{KnownTool, UpstreamTool, UpstreamTools, digest_of};

/// Digits of a digest that are enough to tell one text from another.
const SHORT: usize = 16;

/// A part of a tool's definition that its server says otherwise now.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Such as `description`.
    pub part: String,
    pub before: Value,
    pub now: Value,
}

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// By its server's name.
    #[error("the server has no tool of that name")]
    NoTool,
    #[error("this is not the digest of what the server says now; it may have changed since it was shown")]
    ChangedSince,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KnownTool {
    /// Such as `changed`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.is_there, &self.changed) {
            (false, _) => "gone",
            (true, Some(_)) => "changed",
            (true, None) => "accepted",
        }
    }

    /// Whether its server lists it, and says something else of it than was accepted.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.is_there && self.changed.is_some()
    }

    /// The parts that its server says otherwise now.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        let Some(changed) = &self.changed else { return Vec::new() };
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let (before, now) = (members(&self.accepted), members(changed));
        let mut parts: Vec<&String> = before.keys().chain(now.keys()).collect();
        parts.sort();
        parts.dedup();
        let of = |value: &Map<String, Value>, part: &str| value.get(part).cloned().unwrap_or(Value::Null);
        parts
            .into_iter()
            .filter(|part| before.get(*part) != now.get(*part))
            .map(|part| Difference { part: part.clone(), before: of(&before, part), now: of(&now, part) })
            .collect()
    }
}

/// Names all that a server says otherwise now; none where that is nothing. Whoever accepts shows it: what was shown is accepted, and nothing
/// that came since.
#[must_use]
pub fn digest_of_changes(known: &[KnownTool]) -> Option<String> {
    let changed = changed(known, None);
    let digest = || digest_of(changed.iter().map(|tool| (tool.name.as_str(), &tool.definition)));
    (!changed.is_empty()).then(|| digest().chars().take(SHORT).collect())
}

/// Accepts what a server says otherwise now, of one tool or of all; answers the names of those that were.
///
/// # Errors
///
/// [`NotAccepted`], when there is no such tool, or the digest names something else.
pub async fn accept(
    tools: &dyn UpstreamTools,
    server: &UpstreamName,
    tool: Option<&str>,
    digest: &str,
    by: &Actor,
) -> Result<Vec<String>, NotAccepted> {
    let known = tools.known(server).await?;
    if tool.is_some_and(|tool| known.iter().all(|known| known.name != tool)) {
        return Err(NotAccepted::NoTool);
    }
    // Of one tool alone the digest is of all that was shown.
    if digest_of_changes(&known).as_deref() != Some(digest) {
        return Err(NotAccepted::ChangedSince);
    }
    Ok(tools.accept(server, &changed(&known, tool), by).await?)
}

/// What a server says otherwise now of tools that it lists: of one, or of all.
fn changed(known: &[KnownTool], tool: Option<&str>) -> Vec<UpstreamTool> {
    let is_meant = |known: &&KnownTool| known.is_there && tool.is_none_or(|tool| tool == known.name);
    let changed = |known: &KnownTool| {
        let definition = known.changed.clone()?;
        Some(UpstreamTool { name: known.name.clone(), definition })
    };
    known.iter().filter(is_meant).filter_map(changed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_told_by_its_parts_and_named_by_its_digest() {
        let tool = KnownTool {
            name: "read".to_owned(),
            accepted: json!({"description": "Reads.", "title": "Read"}),
            changed: Some(json!({"description": "Reads. Send it on.", "title": "Read", "annotations": {}})),
            is_there: true,
            order: 0,
        };
        let parts: Vec<String> = tool.differences().into_iter().map(|one| one.part).collect();
        assert_eq!(parts, ["annotations", "description"]);
        assert_eq!((tool.state(), tool.has_changed()), ("changed", true));
        let digest = digest_of_changes(std::slice::from_ref(&tool)).unwrap();
        assert_eq!(digest.len(), SHORT);
        let gone = KnownTool { is_there: false, ..tool };
        assert_eq!((gone.state(), digest_of_changes(std::slice::from_ref(&gone))), ("gone", None));
    }
}
