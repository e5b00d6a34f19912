//! Files that Notion hosts: fetched from a link, or uploaded before.

use toolbay_sdk::notion::NotionId;
use toolbay_sdk::prelude::*;

use crate::kind::Kind;
use crate::link::Link;

/// Times that Notion is asked whether it has the file: each is a request of the connection's budget, and a plugin has no
/// clock to wait by.
const MAX_LOOKS: u32 = 10;

/// What is left for attaching the file once it is there, in milliseconds.
const RESERVE_MS: u64 = 5_000;

/// A file that is ready to be attached.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
}

/// What Notion says about a file upload.
#[derive(Deserialize)]
struct State {
    id: String,
    #[serde(default)]
    status: String,
    filename: Option<String>,
    content_type: Option<String>,
    file_import_result: Option<Value>,
}

/// Has Notion fetch the file, and waits until it has.
pub(crate) fn import(call: &Call, link: &Link, name: Option<&str>) -> Result<Upload, Problem> {
    let filename = filename(link, name)?;
    let body = json!({ "mode": "external_url", "external_url": link.as_str(), "filename": filename });
    let state: State = call.notion().post("/v1/file_uploads", body).json()?;
    settled(call, state)
}

/// A file that was uploaded before, once Notion has it.
pub(crate) fn existing(call: &Call, id: NotionId) -> Result<Upload, Problem> {
    let state = look(call, &id.to_string())?;
    settled(call, state)
}

fn look(call: &Call, id: &str) -> Result<State, Problem> {
    call.notion().get(["v1", "file_uploads", id]).json()
}

fn settled(call: &Call, mut state: State) -> Result<Upload, Problem> {
    for _ in 0..MAX_LOOKS {
        match state.status.as_str() {
            "uploaded" => return Ok(ready(state)),
            "pending" if call.remaining_ms() < RESERVE_MS => break,
            "pending" => state = look(call, &state.id)?,
            _ => return Err(failed(&state)),
        }
    }
    if state.status == "uploaded" {
        return Ok(ready(state));
    }
    Err(Problem::limit_exceeded("Notion has not got the file yet, and nothing is attached.")
        .hint(format!("In a minute, call again with the upload's id as `url`: `{}`.", state.id))
        .details(json!({ "file_upload_id": state.id })))
}

fn ready(state: State) -> Upload {
    let by_name = state.filename.as_deref().and_then(Kind::of_name);
    let by_type = || state.content_type.as_deref().map_or(Kind::File, Kind::of_content_type);
    Upload { kind: by_name.unwrap_or_else(by_type), id: state.id, name: state.filename }
}

fn failed(state: &State) -> Problem {
    let reason = state.file_import_result.as_ref().and_then(|result| result.pointer("/error/message"));
    let message = match reason.and_then(Value::as_str) {
        Some(reason) => format!("Notion could not fetch the file: {}", reason.trim_end_matches('.')),
        None => {
            format!("The file upload is {}", if state.status == "expired" { "expired" } else { "failed" })
        }
    };
    Problem::upstream_failed(format!("{message}."))
        .hint("The link must be open to everybody and answer with the file itself; without `import` the link is attached.")
}

/// Notion tells a file's type by the ending of its name.
fn filename(link: &Link, name: Option<&str>) -> Result<String, Problem> {
    let of_link = link.file_name();
    let ending = |name: &str| {
        let (stem, ending) = name.rsplit_once('.')?;
        let is_ending =
            (1..=10).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_ending && !stem.is_empty()).then(|| ending.to_owned())
    };
    let chosen = name.map(str::to_owned).or_else(|| of_link.clone()).unwrap_or_default();
    let Some(ending) = ending(&chosen).or_else(|| of_link.as_deref().and_then(ending)) else {
        return Err(Problem::invalid_input("Nothing says what type the file has.")
            .hint("Give `name` with its ending, such as plan.pdf."));
    };
    let stem = chosen.strip_suffix(&format!(".{ending}")).unwrap_or(&chosen);
    Ok(format!("{}.{ending}", stem.chars().take(MAX_STEM_LENGTH).collect::<String>()))
}

/// Most characters of a file's name before its ending; with it the name stays below the 100 of a files property.
const MAX_STEM_LENGTH: usize = 89;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_a_name_with_an_ending() {
        for (link, name, expected) in [
            ("https://example.com/a/plan.pdf?x=1", None, "plan.pdf"),
            ("https://example.com/a/plan.pdf", Some("Road map"), "Road map.pdf"),
            ("https://example.com/download", Some("Plan.PDF"), "Plan.PDF"),
            ("https://example.com/v1.2/plan.pdf", Some("Plan v1. Draft"), "Plan v1. Draft.pdf"),
        ] {
            let link = Link::read(link).expect("a link");
            assert_eq!(filename(&link, name).expect(expected), expected);
        }
        let link = Link::read("https://example.com/download").expect("a link");
        assert!(filename(&link, None).is_err());
        let long = format!("{}.pdf", "\u{1f600}".repeat(200));
        assert_eq!(filename(&link, Some(&long)).expect("cut").chars().count(), MAX_STEM_LENGTH + 4);
    }
}
