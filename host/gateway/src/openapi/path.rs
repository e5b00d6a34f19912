//! Paths that differ in the names of their parameters alone.
//!
//! To OpenAPI they are one path, which a document may have once. Plugins don't know how others name their parameters, and
//! the addresses are the same, so the first tool's names stand in the document for all of them.

use serde_json::Value;

use super::placed::Placed;

/// Whether two templates are of the same addresses.
pub(super) fn is_same(path: &str, other: &str) -> bool {
    let segments = |path| str::split(path, '/').map(|segment| parameter(segment).map_or(segment, |_| "{}"));
    segments(path).eq(segments(other))
}

impl Placed {
    /// The operation with the parameters of its path named as in `path`, which is the same one.
    pub(super) fn named_as(mut self, path: String) -> Self {
        let parameters = |path| str::split(path, '/').filter_map(parameter);
        let names: Vec<_> = parameters(&self.path).zip(parameters(&path)).collect();
        let documented = self.operation.get_mut("parameters").and_then(Value::as_array_mut);
        for documented in documented.into_iter().flatten() {
            if documented.get("in").is_none_or(|place| place != "path") {
                continue;
            }
            if let Some(name) = documented.get_mut("name")
                && let Some((_, known)) = names.iter().find(|(own, _)| name == own)
            {
                *name = Value::from(*known);
            }
        }
        self.path = path;
        self
    }
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
