//! `securitySchemes` of a tool: which scope of OAuth it takes.
//!
//! `ChatGPT` offers a person to allow more only for a tool that says so, in the tool itself and in its `_meta`
//! (developers.openai.com/plugins/build/auth). The tool of `rmcp` has no such member, so it is copied there from `_meta` on
//! the way out.

use axum::body::Body;
use axum::response::Response;
use http::header;
use http_body_util::BodyExt as _;
use rmcp::model::MetaObject;
use serde_json::{Value, json};
use toolbay_kernel::Access;
use toolbay_kernel::identity::scope_of;

const NAME: &str = "securitySchemes";

/// The `_meta` of a tool with this access.
pub(super) fn of(access: Access) -> MetaObject {
    let scopes: Vec<&str> = scope_of(access).split(' ').collect();
    let mut meta = MetaObject::new();
    meta.insert(NAME.to_owned(), json!([{"type": "oauth2", "scopes": scopes}]));
    meta
}

/// The answer to `tools/list`, whose tools then say in both places which scope they take.
pub(super) async fn in_both_places(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    // The body is the library's own, in memory, and has no reason to break off.
    let Ok(body) = body.collect().await else { return Response::from_parts(head, Body::empty()) };
    let body = body.to_bytes();
    let Some(written) = copied(&body) else { return Response::from_parts(head, Body::from(body)) };
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(written))
}

fn copied(body: &[u8]) -> Option<Vec<u8>> {
    let mut message: Value = serde_json::from_slice(body).ok()?;
    let tools = message.get_mut("result")?.get_mut("tools")?.as_array_mut()?;
    for tool in tools.iter_mut().filter_map(Value::as_object_mut) {
        let schemes = tool.get("_meta").and_then(|meta| meta.get(NAME)).cloned();
        tool.extend(schemes.map(|schemes| (NAME.to_owned(), schemes)));
    }
    serde_json::to_vec(&message).ok()
}
