//! `securitySchemes` of a tool: which scope of OAuth it takes.
//!
//! `ChatGPT` offers a person to allow more only for a tool that says so, in the tool itself and in its `_meta`
//! (developers.openai.com/plugins/build/auth). The tool of `rmcp` has no such member, so it is copied there from `_meta` on
//! the way out.

use std::borrow::Cow;

use rmcp::model::{
    ClientNotification, ClientRequest, CustomResult, ListToolsResult, MetaObject, ProtocolVersion,
    ServerInfo, ServerResult,
};
use rmcp::service::{NotificationContext, RequestContext, Service};
use rmcp::{ErrorData, RoleServer};
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

/// A handler whose tools say in both places which scope they take.
pub(super) struct InBothPlaces<H>(pub(super) H);

impl<H: Service<RoleServer>> Service<RoleServer> for InBothPlaces<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        match self.0.handle_request(request, context).await? {
            ServerResult::ListToolsResult(list) => Ok(in_both_places(list)),
            result => Ok(result),
        }
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerInfo {
        self.0.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.0.supported_protocol_versions()
    }
}

fn in_both_places(list: ListToolsResult) -> ServerResult {
    let says = |tool: &rmcp::model::Tool| tool.meta.as_ref().is_some_and(|meta| meta.contains_key(NAME));
    if !list.tools.iter().any(says) {
        return ServerResult::ListToolsResult(list);
    }
    // What the library can write it can also write as a value.
    let Ok(mut written) = serde_json::to_value(&list) else { return ServerResult::ListToolsResult(list) };
    let tools = written.get_mut("tools").and_then(Value::as_array_mut);
    for tool in tools.into_iter().flatten().filter_map(Value::as_object_mut) {
        let schemes = tool.get("_meta").and_then(|meta| meta.get(NAME)).cloned();
        tool.extend(schemes.map(|schemes| (NAME.to_owned(), schemes)));
    }
    ServerResult::CustomResult(CustomResult(written))
}
