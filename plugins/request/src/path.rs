//! The path that a caller wrote, made Notion's.

use toolbay_sdk::notion::NotionId;
use toolbay_sdk::{Path, Problem};

/// Longer than any path of Notion's API.
const LONGEST: usize = 1_000;

/// Reads `/v1/...`; also without the first slash, with Notion's origin before it, or as `/v1/notion/...`, this tool's own
/// REST route. Ids are written the way Notion takes them.
pub(crate) fn read(text: &str) -> Result<Path, Problem> {
    let trimmed = text.trim();
    if trimmed.len() > LONGEST {
        return Err(
            Problem::invalid_input("The path is too long.").hint("Put parameters into `query` or `body`.")
        );
    }
    if trimmed.contains(['?', '#']) {
        return Err(Problem::invalid_input("The path carries a query or a fragment.")
            .hint("Give `path` without it, and the parameters in `query`, such as {\"page_size\": 100}."));
    }
    if trimmed.contains(['{', '}', '<', '>']) {
        return Err(Problem::invalid_input("The path still has a placeholder in it.")
            .hint("Put the id in its place; search finds ids."));
    }
    let below = trimmed.strip_prefix("https://api.notion.com").unwrap_or(trimmed);
    let below = below.strip_prefix('/').unwrap_or(below).trim_end_matches('/');
    let route = below.strip_prefix("v1/").ok_or_else(|| {
        Problem::invalid_input("The path does not start with `/v1/`.")
            .hint("Write a path of Notion's API, such as `/v1/pages/<id>` or `/v1/data_sources/<id>/query`.")
    })?;
    let route = route.strip_prefix("notion/").unwrap_or(route);
    let route = route.strip_prefix("v1/").unwrap_or(route);
    let path = Path::parse(&format!("/v1/{route}"))?;
    Ok(Path::from(path.segments().iter().map(|segment| as_id(segment)).collect::<Vec<_>>().as_slice()))
}

/// Notion refuses ids in upper case; whatever is no id stays as it is.
fn as_id(segment: &str) -> String {
    segment.parse::<NotionId>().map_or_else(|_| segment.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

    #[test]
    fn each_way_to_write_a_path_means_the_same() {
        for text in [
            "/v1/pages/59833787-e2cf-4fdf-8782-e53db20768a5",
            "v1/pages/59833787e2cf4fdf8782e53db20768a5/",
            "/v1/notion/pages/59833787E2CF4FDF8782E53DB20768A5",
            "/v1/notion/v1/pages/59833787e2cf4fdf8782e53db20768a5",
            " https://api.notion.com/v1/pages/59833787e2cf4fdf8782e53db20768a5 ",
        ] {
            assert_eq!(read(text).and_then(|path| path.render()).expect(text), format!("/v1/pages/{ID}"));
        }
    }

    #[test]
    fn an_escaped_property_id_stays_itself() {
        let path = read("/v1/pages/59833787e2cf4fdf8782e53db20768a5/properties/%3AUPp").expect("a path");
        assert_eq!(path.render().expect("text"), format!("/v1/pages/{ID}/properties/%3AUPp"));
    }

    #[test]
    fn what_is_no_path_of_notion_is_refused_with_a_hint() {
        for text in [
            "",
            "/",
            "/v1",
            "/pages",
            "/v2/pages",
            "/v1/users?page_size=1",
            "/v1/pages/{page_id}",
            "/v1/../admin",
            "/v1/%2e%2e/admin",
            "//evil.example/v1/pages",
            "https://evil.example/v1/pages",
            "https://api.notion.com.evil.example/v1/pages",
            "https://api.notion.com@evil.example/v1/pages",
            "/v1//pages",
        ] {
            let problem = read(text).expect_err(text);
            assert!(problem.hint.is_some(), "{text}");
        }
    }
}
