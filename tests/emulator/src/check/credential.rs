//! The two headers that every request needs.

use serde_json::Value;

use crate::check::problem::quoted;
use crate::errors::{Refusal, unauthorized};

/// Every version that the API accepts, oldest first. It names them itself when it refuses another
/// (recorded).
pub(crate) const PUBLISHED_VERSIONS: [&str; 7] =
    ["2021-05-11", "2021-05-13", "2021-08-16", "2022-02-22", "2022-06-28", "2025-09-03", "2026-03-11"];

/// The bearer token of an `Authorization` header.
pub(crate) fn bearer(header: Option<&str>) -> Result<&str, Refusal> {
    let mut words = header.unwrap_or_default().split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(unauthorized("Authorization header must use the format \"Bearer <token>\".")),
    }
}

/// The refusal for a token that names no integration.
pub(crate) fn unknown_token() -> Refusal {
    unauthorized("API token is invalid.")
}

/// The version that the request names.
pub(crate) fn version(header: Option<&str>) -> Result<&'static str, Refusal> {
    let missing = |message: String| Refusal::new(400, "missing_version", message);
    let Some(header) = header else {
        return Err(missing(
            "Notion-Version header failed validation: Notion-Version header should be defined, instead was \
             `undefined`."
                .to_owned(),
        ));
    };
    if let Some(known) = PUBLISHED_VERSIONS.iter().find(|known| **known == header) {
        return Ok(known);
    }
    let mut listed: Vec<String> = PUBLISHED_VERSIONS.iter().map(|known| format!("`\"{known}\"`")).collect();
    let last = listed.pop().unwrap_or_default();
    Err(missing(format!(
        "Notion-Version header failed validation: Notion-Version header should be {}, or {last}, instead was `{}`.",
        listed.join(", "),
        quoted(Some(&Value::from(header)))
    )))
}
