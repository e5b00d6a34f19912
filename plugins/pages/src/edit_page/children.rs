//! Child pages and databases that a replaced content would drop.

use toolbay_sdk::prelude::*;

use super::read::read;
use crate::refusal;

/// True when Notion refused because child pages or databases would be deleted.
pub(super) fn are_in_the_way(problem: &Problem) -> bool {
    let message = problem.message.to_lowercase();
    refusal::status(problem) == Some(400) && message.contains("delet") && message.contains("child")
        || message.contains("allow_deleting_content")
}

/// The content with the page's children at its end that it does not name itself, and how many those are; none when there
/// are none.
pub(super) fn kept(call: &Call, page_id: &str, content: &str) -> Result<Option<(String, usize)>, Problem> {
    let page = read(call, page_id)?;
    let text = page.get("markdown").and_then(Value::as_str).unwrap_or_default();
    let missing: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("<page ") || line.starts_with("<database "))
        .filter(|line| link(line).is_some_and(|link| !content.contains(link)))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let separator = if content.is_empty() { "" } else { "\n\n" };
    let content = content.trim_end_matches('\n');
    Ok(Some((format!("{content}{separator}{}", missing.join("\n\n")), missing.len())))
}

fn link(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("url=\"")?;
    rest.split_once('"').map(|(link, _)| link)
}
