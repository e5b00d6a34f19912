//! A plugin to copy: it reads all rows of a database, and stops when its caller has gone.

use toolbay_sdk::notion::DataSource;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Count {
    /// The database whose rows are counted, by id or link.
    database_id: String,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    /// How many rows there are.
    rows: u64,
    /// Whether all of them were counted.
    complete: bool,
}

/// Counts the rows of a Notion database.
#[tool(reads)]
fn count_rows(call: &Call, input: Count) -> Result<Counted, Problem> {
    let mut source = DataSource::find(call, &input.database_id)?;
    let mut rows = 0;
    for row in source.rows(call) {
        row?;
        rows += 1;
        if rows % 100 == 0 && !call.progress(rows, None, Some("rows counted")) {
            return Ok(Counted { rows, complete: false });
        }
    }
    Ok(Counted { rows, complete: true })
}

plugin!(count_rows);

#[cfg(test)]
mod tests {
    use toolbay_sdk::mock::MockHost;

    use super::*;

    const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    /// Two pages of a hundred rows and one.
    fn host() -> MockHost {
        let route = "POST /v1/data_sources/{data_source_id}/query";
        MockHost::new()
            .on("GET /v1/data_sources/{data_source_id}", json!({ "id": ID, "properties": {} }))
            .on(route, json!({ "results": vec![json!({}); 100], "next_cursor": "more" }))
            .on(route, json!({ "results": [{}], "next_cursor": null }))
    }

    #[test]
    fn it_counts_over_pages() {
        let answer = host().run(&PLUGIN, "count_rows", json!({ "database_id": ID })).unwrap();
        assert_eq!(answer.value(), Some(json!({ "rows": 101, "complete": true })));
    }

    #[test]
    fn it_stops_when_its_caller_has_gone() {
        let host = host().caller_gone();
        let answer = host.run(&PLUGIN, "count_rows", json!({ "database_id": ID })).unwrap();
        assert_eq!(answer.value(), Some(json!({ "rows": 100, "complete": false })));
    }
}
