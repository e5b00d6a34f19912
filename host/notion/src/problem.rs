//! Notion's refusals in the words of the kernel: what it means for the call, and what would make it work.

use std::time::Duration;

use serde_json::{Map, Value};
use toolbay_kernel::problem::MAX_TEXT;
use toolbay_kernel::{Code, Problem};

use crate::redaction::{contains, redact};
use crate::request::NotionRoute;

/// Largest `additional_data` that is passed on, in bytes of JSON: it is for programs, and small at Notion.
const MAX_ADDITIONAL_DATA: usize = 4_096;

/// What Notion said when it didn't answer 2xx, freed of the credential and of what isn't text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    additional_data: Map<String, Value>,
}

impl Refusal {
    /// Reads a body of any shape: Notion's envelope, the other one that its server has for oversized bodies, or a page of
    /// HTML from its edge, of which nothing is kept.
    pub(crate) fn read(status: u16, request_id: Option<&str>, body: &[u8], secret: &str) -> Self {
        let mut body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        redact(&mut body, secret);
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let additional_data = body.get("additional_data").and_then(Value::as_object);
        Self {
            status,
            code: text("code").filter(|code| is_word(code)).map(str::to_owned),
            message: text("message").map(printable).filter(|message| !message.is_empty()),
            request_id: text("request_id")
                .or(request_id)
                .filter(|id| is_word(id) && !contains(id, secret))
                .map(str::to_owned),
            additional_data: additional_data.filter(|data| is_small(data)).cloned().unwrap_or_default(),
        }
    }

    /// Whether it is in Notion's own envelope.
    pub(crate) fn is_of_notion(&self) -> bool {
        self.code.is_some()
    }

    /// The wait that the body asks for, in whole seconds as text.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.additional_data.get("retry_after")?;
        seconds.as_u64().or_else(|| seconds.as_str()?.parse().ok()).map(Duration::from_secs)
    }

    /// Whether Notion has shut the connection out, so that waiting doesn't help.
    pub(crate) fn is_blocked(&self) -> bool {
        self.additional("rate_limit_reason") == Some("public_api_request_blocked")
    }

    /// A refusal for good, of 4xx.
    pub(crate) fn refused(&self, route: NotionRoute) -> Problem {
        let (code, hint) = self.meaning(route);
        let problem = self.problem(code, "Notion refused the request");
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    /// A limit or an overload.
    pub(crate) fn busy(&self, wait: Duration) -> Problem {
        if self.is_blocked() {
            return self
                .problem(Code::Forbidden, "Notion has blocked this connection's requests")
                .hint("waiting doesn't help; the owner of the integration must ask Notion's support");
        }
        let seconds = wait.as_secs().max(1);
        let mut facts = self.facts();
        facts.insert("retry_after_seconds".to_owned(), seconds.into());
        self.problem(Code::RateLimited, "Notion is taking no more requests for now")
            .hint(format!("try again in {seconds} s"))
            .details(Value::Object(facts))
    }

    /// A failure that leaves open whether the request was carried out.
    pub(crate) fn unknown(&self) -> Problem {
        let problem = self.problem(Code::UpstreamFailed, "Notion failed");
        let id = |key: &str| self.additional(key).filter(|id| is_word(id));
        if let Some(saved) = id("committed_resource_id") {
            let more =
                self.additional_data.get("committed_child_ids").and_then(Value::as_array).map_or(0, Vec::len);
            let children = if more > 0 { format!(" with {more} new children") } else { String::new() };
            return problem.hint(format!(
                "The change was saved as {saved}{children}; read it instead of repeating it."
            ));
        }
        if self.status == 503 && self.additional("endpoint_name") == Some("public_queryDataSource") {
            return problem.hint("Ask for fewer rows: a smaller page_size, or a narrower filter.");
        }
        problem
    }

    fn meaning(&self, route: NotionRoute) -> (Code, Option<String>) {
        let hint = |code, hint: &str| (code, Some(hint.to_owned()));
        match (self.status, self.code.as_deref().unwrap_or_default()) {
            (401, _) => hint(
                Code::Forbidden,
                "the connection's token no longer works at Notion; an operator can renew it: toolbay connection add",
            ),
            (403, _) if self.additional("block_limit").is_some() => hint(
                Code::Forbidden,
                "the workspace has reached its plan's limit of blocks; reading still works, repeating won't help",
            ),
            (403, _) => hint(
                Code::Forbidden,
                "the integration lacks a capability for this; its owner sets them under Capabilities in Notion's \
                 integration settings",
            ),
            (404, _) => (Code::NotFound, Some(not_found_hint(route))),
            (409, _) => {
                hint(Code::Conflict, "somebody changed it at the same time: read it again, then repeat")
            }
            (413, _) => hint(Code::LimitExceeded, "Notion takes 500 KB in one request: send less at once"),
            (400, "invalid_request_url") => (
                Code::InvalidInput,
                Some(format!("an id may belong to another kind of object than {route} needs")),
            ),
            (400, _) => {
                (Code::InvalidInput, self.message.as_deref().and_then(validation_hint).map(str::to_owned))
            }
            _ => (Code::UpstreamFailed, None),
        }
    }

    fn problem(&self, code: Code, fallback: &str) -> Problem {
        let message = match &self.message {
            Some(message) => format!("Notion: {message}"),
            None => format!("{fallback} (status {})", self.status),
        };
        Problem::new(code, message).details(Value::Object(self.facts()))
    }

    fn facts(&self) -> Map<String, Value> {
        let mut notion = Map::new();
        notion.insert("status".to_owned(), self.status.into());
        let words = [("code", &self.code), ("request_id", &self.request_id)];
        notion.extend(
            words.into_iter().filter_map(|(key, word)| Some((key.to_owned(), word.as_deref()?.into()))),
        );
        if !self.additional_data.is_empty() {
            notion.insert("additional_data".to_owned(), Value::Object(self.additional_data.clone()));
        }
        Map::from_iter([("notion".to_owned(), Value::Object(notion))])
    }

    fn additional(&self, key: &str) -> Option<&str> {
        self.additional_data.get(key).and_then(Value::as_str)
    }
}

pub(crate) fn not_found_hint(route: NotionRoute) -> String {
    let confusion = if route.template.starts_with("/v1/data_sources/{") {
        "this may be a database's id: GET /v1/databases/{database_id} lists its data sources. "
    } else if route.template.starts_with("/v1/databases/{") {
        "this may be a data source's id: try /v1/data_sources/{data_source_id}. "
    } else if route.template.starts_with("/v1/pages/{") {
        "this may be the id of a database or a block. "
    } else {
        ""
    };
    format!(
        "{confusion}If the id is right, the object isn't shared with the integration: in Notion, open it and add the \
         integration under Connections"
    )
}

fn validation_hint(message: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 8] = [
        (
            ", not a ",
            "the id is that of another kind of object: give the id or link of the kind that the argument names",
        ),
        ("time_zone", "a time zone is an IANA name, such as Europe/Berlin"),
        ("should be not present", "leave that member out: Notion doesn't know it there"),
        (
            "is not a property that exists",
            "property names are exact; GET /v1/data_sources/{data_source_id} lists them with their types",
        ),
        (
            "is expected to be",
            "the value has another type than its property; GET /v1/data_sources/{data_source_id} lists the types",
        ),
        ("archived", "restore it, or the page that holds it, first: PATCH with {\"in_trash\": false}"),
        ("valid uuid", "an id has 32 hexadecimal digits, with or without dashes"),
        ("start_cursor", "a cursor is only good for the list that gave it; begin again without one"),
    ];
    HINTS.into_iter().find(|(words, _)| message.contains(words)).map(|(_, hint)| hint)
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn is_small(data: &Map<String, Value>) -> bool {
    serde_json::to_vec(data).is_ok_and(|json| json.len() <= MAX_ADDITIONAL_DATA)
}

/// The text on few lines, without control characters, and not longer than a problem may be.
fn printable(text: &str) -> String {
    text.chars().take(MAX_TEXT).filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use toolbay_kernel::Access;
    use toolbay_kernel::gate::Method;

    use super::*;

    const CANARY: &str = "ntn_CANARYcanaryCANARYcanaryCANARYcanaryCANARY";

    fn route(template: &'static str) -> NotionRoute {
        NotionRoute { method: Method::Get, template, access: Access::Reads }
    }

    fn refusal(status: u16, body: &Value) -> Refusal {
        Refusal::read(status, None, body.to_string().as_bytes(), CANARY)
    }

    fn envelope(status: u16, code: &str, message: &str, additional_data: Value) -> Refusal {
        refusal(
            status,
            &json!({"object": "error", "status": status, "code": code, "message": message,
                    "additional_data": additional_data, "request_id": "req-1"}),
        )
    }

    #[test]
    fn each_refusal_says_what_it_means_and_what_helps() {
        let page = route("/v1/pages/{page_id}");
        let rows = [
            (
                400,
                "validation_error",
                "Foo is not a property that exists.",
                json!({}),
                Code::InvalidInput,
                "property names are exact",
            ),
            (
                400,
                "validation_error",
                "Can't edit block that is archived.",
                json!({}),
                Code::InvalidInput,
                "restore it",
            ),
            (
                400,
                "invalid_request_url",
                "Invalid request URL.",
                json!({}),
                Code::InvalidInput,
                "another kind of object",
            ),
            (401, "unauthorized", "API token is invalid.", json!({}), Code::Forbidden, "no longer works"),
            (403, "restricted_resource", "No.", json!({}), Code::Forbidden, "capability"),
            (
                403,
                "restricted_resource",
                "No.",
                json!({"block_limit": "block_creation"}),
                Code::Forbidden,
                "limit of blocks",
            ),
            (404, "object_not_found", "Could not find page.", json!({}), Code::NotFound, "isn't shared"),
            (
                409,
                "conflict_error",
                "Conflict occurred while saving.",
                json!({}),
                Code::Conflict,
                "read it again",
            ),
        ];
        for (status, code, message, additional_data, expected, hint) in rows {
            let problem = envelope(status, code, message, additional_data).refused(page);
            assert_eq!(problem.code, expected, "{problem:?}");
            assert_eq!(problem.message, format!("Notion: {message}"));
            assert!(problem.hint.as_deref().unwrap().contains(hint), "{problem:?}");
            let details = problem.details.unwrap();
            assert_eq!(details["notion"]["status"], status);
            assert_eq!(details["notion"]["code"], code);
            assert_eq!(details["notion"]["request_id"], "req-1");
        }
    }

    #[test]
    fn a_database_id_in_the_place_of_a_data_source_id_is_explained() {
        let missing = envelope(404, "object_not_found", "Could not find data_source with ID", json!({}));
        let hint = missing.refused(route("/v1/data_sources/{data_source_id}/query")).hint.unwrap();
        assert!(hint.contains("GET /v1/databases/{database_id} lists its data sources"), "{hint}");
    }

    #[test]
    fn other_shapes_are_read_too() {
        let large = refusal(
            413,
            &json!({"isNotionError": false, "name": "PayloadTooLargeError", "message": "Request body too large.", "code": 413}),
        );
        let problem = large.refused(route("/v1/pages"));
        assert_eq!(
            (problem.code, problem.message.as_str()),
            (Code::LimitExceeded, "Notion: Request body too large.")
        );

        let html = Refusal::read(502, Some("req-9"), b"<html><h1>502 Bad Gateway</h1>", CANARY).unknown();
        assert_eq!(html.message, "Notion failed (status 502)");
        assert_eq!(*html.details.unwrap(), json!({"notion": {"status": 502, "request_id": "req-9"}}));
    }

    #[test]
    fn a_saved_change_is_named() {
        let problem = envelope(
            503,
            "service_unavailable",
            "The change was saved, but the response could not be built in time.",
            json!({"committed_resource_id": "59833787-2cf9-4fdf-8782-e53db20768a5", "committed_child_ids": ["a", "b"]}),
        )
        .unknown();
        let hint = problem.hint.unwrap();
        assert!(hint.contains("saved as 59833787-2cf9-4fdf-8782-e53db20768a5 with 2 new children"), "{hint}");
        assert_eq!(
            problem.details.unwrap()["notion"]["additional_data"]["committed_resource_id"],
            "59833787-2cf9-4fdf-8782-e53db20768a5"
        );
    }

    #[test]
    fn a_blocked_connection_is_not_told_to_wait() {
        let blocked = envelope(
            429,
            "rate_limited",
            "Blocked.",
            json!({"rate_limit_reason": "public_api_request_blocked"}),
        );
        assert!(blocked.is_blocked());
        assert_eq!(blocked.busy(Duration::from_secs(5)).code, Code::Forbidden);

        let limited = envelope(429, "rate_limited", "Slow down.", json!({"retry_after": "17"}));
        assert_eq!(limited.retry_after(), Some(Duration::from_secs(17)));
        assert_eq!(limited.busy(Duration::from_secs(17)).details.unwrap()["retry_after_seconds"], 17);
    }

    #[test]
    fn no_credential_and_no_flood_comes_back() {
        let refusal = refusal(
            400,
            &json!({"code": CANARY, "message": format!("bad header Bearer {CANARY}\u{1b}[31m{}", "x".repeat(10_000)),
                    "request_id": "r\u{7}", "additional_data": {CANARY: [CANARY]}}),
        );
        for problem in [refusal.refused(route("/v1/pages")), refusal.busy(Duration::ZERO), refusal.unknown()]
        {
            let text = serde_json::to_string(&problem).unwrap();
            assert!(!text.contains("CANARY"), "{text}");
            assert!(!text.contains('\u{1b}') && !text.contains("\\u001b"), "{text}");
            assert!(problem.message.len() <= MAX_TEXT + 3);
        }
        let flood = Refusal::read(
            400,
            None,
            json!({"additional_data": {"x": "y".repeat(5_000)}}).to_string().as_bytes(),
            "",
        );
        assert!(flood.additional_data.is_empty());
    }
}
