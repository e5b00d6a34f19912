//! What a query asks for.

use serde_json::Map;
use toolbay_sdk::notion::Detail;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    pub(super) database_id: String,
    /// {"Status": "Done", "Due": "last month", "Points": {">=": 3}} or {"or": [..]}
    #[serde(default)]
    pub(super) filter: Option<Map<String, Value>>,
    /// ["Due", "-Points"]
    #[serde(default)]
    pub(super) sorts: Vec<Value>,
    /// Only these columns.
    #[serde(default)]
    pub(super) properties: Vec<String>,
    /// Groups instead of rows: ["Status", "Due by month"]
    #[serde(default)]
    pub(super) group_by: Vec<Value>,
    /// Of groups or all rows: ["sum Cost", "average Cost", "min Due", "max Due", "empty Owner"]
    #[serde(default)]
    pub(super) aggregates: Vec<Value>,
    /// Rows that are equal in these columns.
    #[serde(default)]
    pub(super) duplicates_by: Vec<String>,
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 1000))]
    pub(super) limit: u32,
    /// `next_cursor`
    #[serde(default)]
    pub(super) cursor: Option<String>,
    #[serde(default)]
    pub(super) in_trash: bool,
    #[serde(default)]
    pub(super) detail: Detail,
}

fn fifty() -> u32 {
    50
}

impl Input {
    /// Whether groups or aggregates are asked for.
    pub(super) fn counts(&self) -> bool {
        !self.group_by.is_empty() || !self.aggregates.is_empty()
    }

    /// Whether all rows are to be read, for what comes of them.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what has no meaning beside that.
    pub(super) fn is_summary(&self) -> Result<bool, Problem> {
        let finds_duplicates = !self.duplicates_by.is_empty();
        if !self.counts() && !finds_duplicates {
            return Ok(false);
        }
        let needless = [
            ("group_by", finds_duplicates && self.counts()),
            ("properties", !self.properties.is_empty()),
            ("cursor", self.cursor.as_ref().is_some_and(|cursor| !cursor.is_empty())),
            ("detail", self.detail == Detail::Full),
        ];
        match needless.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(true),
            Some((name, _)) => Err(Problem::invalid_input(format!(
                "`{name}` has no meaning beside `{}`.",
                if finds_duplicates { "duplicates_by" } else { "group_by` and `aggregates" }
            ))
            .hint(format!("Leave `{name}` out, or ask in a second call."))),
        }
    }
}
