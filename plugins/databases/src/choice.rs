//! Which database or data source a caller means.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

/// The id of a database or data source that a caller gives or links to, as Notion writes ids.
pub(crate) fn database(text: &str) -> Result<String, Problem> {
    Ok(Object::Database.find(text)?.to_string())
}

/// The data sources that a refusal to choose among them lists.
pub(crate) fn several(problem: &Problem) -> Option<&Vec<Value>> {
    problem.details.as_ref()?.get("data_sources")?.as_array()
}
