//! `/api/notion`: the workspaces of whoever asks, for front ends that were written for these addresses. They answer without the
//! envelope. `workspace_id` is the id of the connection here: one workspace may be connected by several people.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{Extensions, HeaderMap, Uri, header};
use serde_json::{Value, json};
use toolbay_kernel::arguments::CONNECTION_ID;
use toolbay_kernel::connecting::AuthorizationRequest;
use toolbay_kernel::{Code, Connection, ConnectionId, Invocation, Principal, Problem, Surface, System};

use super::browser::acting;
use super::callback;
use super::cookie::CONNECT;
use super::query::Query;
use crate::Gateway;
use crate::envelope::Refusal;

/// Workspaces that are listed.
const MAX_LISTED: usize = 1_000;

/// `GET /api/notion/auth`: where the person agrees.
pub(super) async fn auth(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let principal = acting(&gateway, &uri, &extensions, &headers).await?;
        let begun = gateway.connecting.start(&principal, AuthorizationRequest::default()).await?;
        let unsendable = || Problem::new(Code::Failed, "the answer can't be written");
        let cookie = CONNECT.given(&gateway.settings.public_url, &begun.browser).ok_or_else(unsendable)?;
        let mut response = Json(json!({"oauth_url": begun.authorize_url.as_str()})).into_response();
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok::<_, Refusal>(response)
    };
    answer.await.unwrap_or_else(Refusal::into_response)
}

/// `GET /api/notion/callback`: what came of it.
pub(super) async fn came_back(State(gateway): State<Arc<Gateway>>, uri: Uri, headers: HeaderMap) -> Response {
    let finished = callback::finish(&gateway, &uri, &headers, &System::Notion).await;
    // Who signs in, and who named a place to go to, comes back here too.
    let goes_on =
        finished.as_ref().is_ok_and(|finished| finished.sign_in.is_some() || finished.return_to.is_some());
    if goes_on {
        return callback::ended(&gateway, &headers, finished).await;
    }
    let mut response = match finished.and_then(|finished| finished.result) {
        Ok(connection) => Json(json!({
            "status": "success",
            "workspace_name": named(&connection),
            "workspace_id": connection.id,
        }))
        .into_response(),
        Err(problem) => Refusal::from(problem).into_response(),
    };
    super::browser::take(&gateway, &mut response, &CONNECT);
    response
}

/// `GET /api/notion/workspaces`.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let principal = acting(&gateway, &uri, &extensions, &headers).await?;
        let page = gateway.connections.page(&principal.connections, None, MAX_LISTED).await;
        let workspaces: Vec<Value> = page
            .map_err(Problem::from)?
            .iter()
            .filter(|connection| connection.system == System::Notion)
            .map(|connection| {
                json!({
                    "workspace_id": connection.id,
                    "workspace_name": named(connection),
                    "workspace_icon": null,
                })
            })
            .collect();
        Ok::<_, Refusal>(Json(json!({"workspaces": workspaces})).into_response())
    };
    answer.await.unwrap_or_else(Refusal::into_response)
}

/// `POST /api/notion/connect?workspace_id=…`: whether it can be worked on, and with which tools.
pub(super) async fn connect(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let principal = acting(&gateway, &uri, &extensions, &headers).await?;
        let (Query([id]), _) = Query::read(&uri, ["workspace_id"])?;
        let connection = found(&gateway, &principal, id.as_deref().unwrap_or_default()).await?;
        // One that Notion lets nobody into any more isn't connected.
        gateway.connecting.check(connection.id).await?;
        let catalog = gateway.catalogs.current();
        let tools: Vec<&str> = catalog
            .tools_of(&principal)
            .filter(|tool| tool.uses_connection && tool.system == Some(System::Notion))
            .map(|tool| tool.name().as_str())
            .collect();
        Ok::<_, Refusal>(
            Json(json!({
                "status": "connected",
                "workspace_id": connection.id,
                "tools": tools,
                "tool_count": tools.len(),
            }))
            .into_response(),
        )
    };
    answer.await.unwrap_or_else(Refusal::into_response)
}

/// `DELETE /api/notion/disconnect/{workspace_id}`: removes the connection, by the tool for that.
pub(super) async fn disconnect(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let principal = acting(&gateway, &uri, &extensions, &headers).await?;
        let connection = found(&gateway, &principal, &id).await?;
        let arguments = json!({CONNECTION_ID: connection.id});
        let removing = Invocation::new("connection_remove".to_owned(), arguments, principal, Surface::Rest);
        gateway.dispatcher.call(removing).await.result?;
        Ok::<_, Refusal>(Json(json!({"status": "disconnected"})).into_response())
    };
    answer.await.unwrap_or_else(Refusal::into_response)
}

async fn found(gateway: &Gateway, principal: &Principal, id: &str) -> Result<Connection, Problem> {
    let id: ConnectionId = id.parse().map_err(|_| unknown())?;
    let found = gateway.connections.connection(&principal.connections, id).await?;
    found.filter(|connection| connection.system == System::Notion).ok_or_else(unknown)
}

fn named(connection: &Connection) -> &str {
    connection.workspace_name.as_deref().unwrap_or(&connection.name)
}

fn unknown() -> Problem {
    Problem::new(Code::NotFound, "you have connected no such workspace")
        .hint("list yours: GET /api/notion/workspaces")
}
