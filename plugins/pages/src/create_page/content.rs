//! The content of a new page: markdown or blocks. As much of it as fits is sent with the page.

use serde_json::Map;
use toolbay_sdk::notion::blocks::{self, MARKDOWN_VERSION, PageContent};
use toolbay_sdk::notion::{warnings, with_people};
use toolbay_sdk::prelude::*;

use super::markdown;

/// Most bytes of one request's body. Notion takes 500 KB; the margin is for the host's envelope of it.
const REQUEST_BYTES: usize = 490_000;

/// Most bytes of content in one request.
const CONTENT_BYTES: usize = 450_000;

#[derive(Clone)]
pub(super) enum Content {
    None,
    Markdown(String),
    Blocks(Vec<Value>),
}

/// What did not fit into the request that created the page.
pub(super) enum Rest {
    None,
    Markdown(Vec<String>),
    Blocks(Vec<Value>),
}

impl Content {
    /// The content, and notes on what of it is said otherwise.
    pub(super) fn read(
        call: &Call,
        markdown: Option<&str>,
        given: &[Value],
    ) -> Result<(Self, Vec<String>), Problem> {
        let markdown = markdown.filter(|text| !text.trim().is_empty());
        match (markdown, given) {
            (None, []) => Ok((Self::None, Vec::new())),
            (Some(text), []) => {
                let (content, notes) = with_people(call, |people| blocks::page_content(text, people))?;
                let content = match content {
                    PageContent::Markdown(text) => Self::Markdown(text),
                    PageContent::Blocks(blocks) => Self::Blocks(blocks),
                };
                Ok((content, notes))
            }
            (None, given) => {
                let parsed = with_people(call, |people| blocks::read_with(given, people))?;
                Ok((Self::Blocks(parsed.blocks), parsed.notes))
            }
            (Some(_), _) => Err(Problem::invalid_input("The content is given twice.")
                .hint("Give either `content` or `blocks`.")),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Puts what fits into the request's body; answers with the rest.
    pub(super) fn into_body(self, body: &mut Map<String, Value>) -> Result<Rest, Problem> {
        match self {
            Self::None => Ok(Rest::None),
            Self::Markdown(text) => {
                let used = serde_json::to_string(&body)?.len();
                let room = REQUEST_BYTES.saturating_sub(used).min(CONTENT_BYTES);
                let mut parts = markdown::parts(&text, room, CONTENT_BYTES)?.into_iter().map(str::to_owned);
                if let Some(first) = parts.next().filter(|first| !first.is_empty()) {
                    body.insert("markdown".to_owned(), first.into());
                    body.insert("markdown_version".to_owned(), MARKDOWN_VERSION.into());
                }
                Ok(Rest::Markdown(parts.collect()))
            }
            Self::Blocks(blocks) => {
                let (first, rest) = blocks::first_batch(blocks);
                body.insert("children".to_owned(), first.into());
                Ok(Rest::Blocks(rest))
            }
        }
    }
}

impl Rest {
    /// Appends what is left; answers with what Notion warns of. A failure says that the page is there, so that nobody
    /// creates it again.
    pub(super) fn append(self, call: &Call, page_id: &str) -> Result<Vec<String>, Problem> {
        let mut said = Vec::new();
        let appended = match self {
            Self::None => Ok(()),
            Self::Markdown(parts) => parts.iter().try_for_each(|part| {
                let insert = json!({ "content": part, "position": { "type": "end" } });
                let body =
                    json!({ "type": "insert_content", "insert_content": insert, "markdown_version": MARKDOWN_VERSION });
                let answer = call.notion().patch(["v1", "pages", page_id, "markdown"], body).send()?;
                said.extend(warnings(&answer.body));
                Ok(())
            }),
            Self::Blocks(rest) if rest.is_empty() => Ok(()),
            Self::Blocks(rest) => blocks::append(call, page_id, rest, None).map(|_| ()),
        };
        appended.map(|()| said).map_err(|mut problem| {
            problem.message = format!(
                "The page was created as `{page_id}`, but its content could not be written to the end: {}",
                problem.message
            );
            let hint = problem.hint.take().map(|hint| format!(" {hint}")).unwrap_or_default();
            problem.hint(format!(
                "Do not create it again: read it with `fetch` and add what is missing, or move it to the trash.{hint}"
            ))
        })
    }
}
