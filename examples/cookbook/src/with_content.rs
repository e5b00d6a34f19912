use toolbay_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page to put it below, id or link.
    parent_page_id: String,
    /// What is broken.
    what: String,
}

/// Of what Notion answers, what is told.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(crate) struct Opened {
    id: String,
    url: String,
}

/// Opens the page of an incident, with a list of what to do.
#[tool(writes)]
pub(crate) fn open_incident(call: &Call, input: Input) -> Result<Opened, Problem> {
    let parent = toolbay_sdk::notion::Object::Page.find(&input.parent_page_id)?.to_string();
    let day = call.today()?;
    let body = json!({
        "parent": { "type": "page_id", "page_id": parent },
        "properties": { "title": { "title": [{ "text": { "content": format!("{day}: {}", input.what) } }] } },
        "markdown": "## What happened\n\n## To do\n\n- [ ] Tell the customers\n- [ ] Write the review\n",
    });
    call.notion().post("/v1/pages", body).json()
}
