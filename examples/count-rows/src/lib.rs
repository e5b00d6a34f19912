//! A plugin to copy: it reads Notion, goes on where a page of results ends, and stops when its caller has gone.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Count {
    /// The data source whose rows are counted, by id or link.
    data_source_id: String,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    /// How many rows there are.
    rows: usize,
    /// Whether all of them were counted.
    complete: bool,
}

/// Counts the rows of a Notion data source.
#[tool(reads)]
fn count_rows(call: &Call, input: Count) -> Result<Counted, Problem> {
    let id = Object::Database.find(&input.data_source_id)?;
    let path = Path::from(["v1", "data_sources", &id.to_string(), "query"]);
    let mut rows = 0;
    let mut body = json!({ "page_size": 100 });
    loop {
        let page = call.notion().post(path.clone(), body.clone()).send()?.body;
        rows += page.get("results").and_then(Value::as_array).map_or(0, Vec::len);
        let next = page.get("next_cursor").filter(|cursor| cursor.is_string());
        let Some(next) = next else { return Ok(Counted { rows, complete: true }) };
        if !call.progress(u64::try_from(rows).unwrap_or(u64::MAX), None, Some("rows counted")) {
            return Ok(Counted { rows, complete: false });
        }
        body = json!({ "page_size": 100, "start_cursor": next });
    }
}

plugin!(count_rows);

#[cfg(test)]
mod tests {
    use toolbay_sdk::mock::MockHost;

    use super::*;

    #[test]
    fn it_counts_over_pages() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        let route = format!("POST /v1/data_sources/{id}/query");
        let host = MockHost::new()
            .on(&route, json!({"results": [{}, {}], "next_cursor": "more"}))
            .on(&route, json!({"results": [{}], "next_cursor": null}));
        let answer = host.run(&PLUGIN, "count_rows", json!({"data_source_id": id})).unwrap();
        assert_eq!(answer.value(), Some(json!({"rows": 3, "complete": true})));
    }
}
