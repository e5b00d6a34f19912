//! Moves a page below another page, or into a database.

use toolbay_sdk::notion::{DataSource, Object};
use toolbay_sdk::prelude::*;

use crate::answered::whereabouts;
use crate::{refusal, survived};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page to move: id or link.
    page_id: String,
    /// Page to put it below.
    #[serde(default)]
    parent_page_id: Option<String>,
    /// Or database.
    #[serde(default)]
    database_id: Option<String>,
}

/// Moves a page below another page or into a database; says which values Notion dropped on the way.
#[tool(writes, idempotent, route = "POST /v1/pages/{page_id}/move")]
pub(crate) fn move_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let page_id = Object::Page.decide(&input.page_id)?.to_string();
    let before = call.notion().get(["v1", "pages", page_id.as_str()]).send().map(|page| page.body);
    let is_in = |key: &str, id: &str| {
        let parent = before.as_ref().ok().and_then(|page| page.get("parent"));
        parent.and_then(|parent| parent.get(key)).and_then(Value::as_str) == Some(id)
    };
    // Notion would move a row out and in again: it loses what belongs to its place, such as its number.
    let unchanged = || {
        let mut answer = whereabouts(before.as_ref().map_err(Problem::clone)?)?;
        answer.insert("unchanged".to_owned(), true.into());
        Ok(Value::Object(answer))
    };
    let to_page = |parent: &str| {
        let body = json!({ "parent": { "type": "page_id", "page_id": parent } });
        call.notion().post(["v1", "pages", page_id.as_str(), "move"], body).send()
    };
    let to_source = |source: &DataSource| {
        let body = json!({ "parent": { "type": "data_source_id", "data_source_id": source.id } });
        call.notion().post(["v1", "pages", page_id.as_str(), "move"], body).send()
    };
    let moved = match (&input.parent_page_id, &input.database_id) {
        (Some(parent), None) => {
            let parent = Object::PageOrDatabase.decide(parent)?.to_string();
            if is_in("page_id", &parent) {
                return unchanged();
            }
            match to_page(&parent) {
                // Either id may be the one that Notion does not know; only a database makes a second try worth it.
                Err(problem) if refusal::is_another_kind(&problem) => match DataSource::decide(call, &parent)
                {
                    Ok(source) if is_in("data_source_id", &source.id) => return unchanged(),
                    Ok(source) => to_source(&source),
                    Err(_) => Err(problem),
                },
                other => other,
            }
        }
        (None, Some(database)) => {
            let source = DataSource::decide(call, database)?;
            if is_in("data_source_id", &source.id) {
                return unchanged();
            }
            to_source(&source)
        }
        _ => {
            return Err(Problem::invalid_input("Where the page shall go is not clear.")
                .hint("Give either `parent_page_id` or `database_id`."));
        }
    };
    match moved {
        Ok(answer) => {
            let mut said = whereabouts(&answer.body)?;
            match before.map(|before| survived::lost(&before, &answer.body)) {
                Ok(lost) if lost.is_empty() => {}
                Ok(lost) => {
                    said.insert("lost".to_owned(), Value::Object(lost));
                    said.insert("note".to_owned(), "Notion dropped the values in `lost`.".into());
                }
                Err(_) => {
                    let note = "The page could not be read before, so nobody knows whether it lost values.";
                    said.insert("note".to_owned(), note.into());
                }
            }
            Ok(Value::Object(said))
        }
        Err(problem) => Err(refusal::explained(call, "pages", &page_id, problem)),
    }
}
