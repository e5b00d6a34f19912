use toolbay_sdk::notion::{Object, markdown};
use toolbay_sdk::prelude::*;

/// Most pages of one call.
const MAX_PAGES: usize = 50;

#[derive(Deserialize)]
struct Comments {
    results: Vec<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    rich_text: Value,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Pages, ids or links.
    page_ids: Vec<String>,
}

/// Reads the open comments of pages, side by side.
#[tool(reads)]
pub(crate) fn comment_texts(call: &Call, input: Input) -> Result<Value, Problem> {
    if input.page_ids.len() > MAX_PAGES {
        return Err(Problem::limit_exceeded(format!("There are {} pages.", input.page_ids.len()))
            .hint(format!("Give at most {MAX_PAGES} in one call.")));
    }
    let ids = input.page_ids.iter().map(|text| Object::Page.find(text)).collect::<Result<Vec<_>, _>>()?;
    let request = |id: &_| Request::get("/v1/comments").query("block_id", id);
    let mut texts = serde_json::Map::new();
    for (id, answer) in ids.iter().zip(call.notion().send_all(ids.iter().map(request).collect())) {
        let Comments { results } = answer?.json()?;
        let read = results.iter().map(|comment| markdown::from_rich_text(&comment.rich_text));
        texts.insert(id.to_string(), read.collect::<Vec<_>>().join("\n").into());
    }
    Ok(Value::Object(texts))
}
