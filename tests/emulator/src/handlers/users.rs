//! Users: the workspace's people and bots.

use serde_json::Value;

use crate::call::Call;
use crate::errors::Refusal;
use crate::handlers::Answer;
use crate::json::Peek;
use crate::model::Workspace;
use crate::paginate;

fn render(call: &Call, workspace: &Workspace, id: &str) -> Option<Value> {
    let with_email = call.integration.token.capabilities.read_user_email;
    workspace.user(id).map(|user| user.to_json(workspace, with_email))
}

pub(crate) fn list(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let ids: Vec<String> = workspace.users.iter().map(|user| user.id.clone()).collect();
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    if call.query.at("page_size").as_f64().is_some_and(|size| size <= -2.0) {
        // Recorded, of all lists on this one only.
        return Err(Refusal::new(
            503,
            "service_unavailable",
            "Public API service is temporarily unavailable, please try again later.",
        )
        .with_data(serde_json::json!({
            "endpoint_name": "public_listUsers", "notion_error_name": "DatastoreInfraError",
        })));
    }
    let results = shown.iter().filter_map(|id| render(call, workspace, id)).collect();
    Ok(paginate::list(results, next, "user").into())
}

pub(crate) fn me(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    render(call, workspace, call.bot()).map(Answer::from).ok_or_else(|| call.missing("user", call.bot()))
}

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let id = call.id("user_id");
    render(call, workspace, &id).map(Answer::from).ok_or_else(|| call.missing("user", call.raw("user_id")))
}
