//! Where a query of a view goes on.

use toolbay_sdk::Problem;
use toolbay_sdk::notion::NotionId;

/// Between the parts; no id and no cursor of Notion has it.
const BETWEEN: char = '~';

/// Longer than any that this plugin gives.
const MAX_LENGTH: usize = 1_000;

/// A place in the results of a query that Notion keeps for a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) query_id: String,
    /// Notion's cursor into the results.
    pub(crate) results: String,
    /// Notion's cursor into the rows of the data source, where those have the same order.
    pub(crate) rows: Option<String>,
}

impl Cursor {
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let parts = || {
            let text = Some(text.trim()).filter(|text| text.len() <= MAX_LENGTH)?;
            let mut parts = text.splitn(3, BETWEEN);
            let query_id = parts.next()?.parse::<NotionId>().ok()?.to_string();
            let results = parts.next().filter(|part| !part.is_empty())?.to_owned();
            let rows = parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
            Some(Self { query_id, results, rows })
        };
        parts().ok_or_else(|| {
            Problem::invalid_input("`cursor` is not one that this tool gave.")
                .hint("Give `next_cursor` of the answer before, or leave it out to begin again.")
        })
    }

    pub(crate) fn write(&self) -> String {
        let rows = self.rows.as_deref().map(|rows| format!("{BETWEEN}{rows}")).unwrap_or_default();
        format!("{}{BETWEEN}{}{rows}", self.query_id, self.results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for rows in [None, Some("s:1-2:3".to_owned())] {
            let cursor = Cursor { query_id: ID.to_owned(), results: "n".to_owned(), rows };
            assert_eq!(Cursor::read(&cursor.write()), Ok(cursor));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "n", ID, &format!("{ID}~"), "x~n", &format!("{ID}~{}", "n".repeat(1_000))] {
            assert!(Cursor::read(text).is_err(), "{text}");
        }
    }
}
