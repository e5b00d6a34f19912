//! Puts something into the trash, or takes it out.

use toolbay_sdk::notion::Object;
use toolbay_sdk::prelude::*;

use crate::refusal;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    id: String,
    /// Takes it out instead.
    #[serde(default)]
    restore: bool,
}

/// Where objects of each kind are, the likeliest first: ids do not tell their kind.
const KINDS: [&str; 4] = ["pages", "databases", "blocks", "data_sources"];

/// Trashes a page, database, block or data source, or restores it.
#[tool(destroys, idempotent, route = "POST /v1/pages/{id}/archive")]
pub(crate) fn trash(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Anything.decide(&input.id)?.to_string();
    let body = json!({ "in_trash": !input.restore });
    for kind in KINDS {
        match call.notion().patch(["v1", kind, id.as_str()], body.clone()).send() {
            Ok(answer) => {
                let object = answer.body.get("object").cloned().unwrap_or_default();
                return Ok(json!({ "id": id, "object": object, "in_trash": !input.restore }));
            }
            Err(problem) if refusal::is_another_kind(&problem) => {}
            Err(problem) if input.restore => return Err(refusal::of_restoring(call, kind, &id, problem)),
            Err(problem) => return Err(refusal::explained(call, kind, &id, problem)),
        }
    }
    Err(Problem::not_found(format!("This connection can see nothing with the id `{id}`."))
        .hint("Share it with the integration in Notion; the tool `search` lists what is shared."))
}
