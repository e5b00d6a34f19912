//! What `rmcp` asks of a server, answered from the catalog and the door.

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, DiscoverResult,
    InitializeRequestParams, InitializeResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
    ServerConfig, SubscriptionFilter, Tool,
};
#[expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]
use rmcp::model::{LoggingLevel, SetLevelRequestMethod, SetLevelRequestParams};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use toolbay_kernel::{Principal, Silent};

use super::calls::Beside;
use super::progress::Wanted;
use super::sessions::Arrival;
use super::shared::Shared;
use super::version::is_modern;
use super::{calls, changes, instructions, listing, progress};
use crate::needs::NeedsOfCall;

/// Where a handler's principal comes from.
pub(super) enum Caller {
    /// From each HTTP request, where the authentication left it.
    Request,
    /// Whoever started the process, over stdio.
    Process(Arc<Principal>),
}

/// Answers one request over HTTP, or one client over stdio.
pub(super) struct Handler {
    shared: Arc<Shared>,
    caller: Caller,
}

impl Handler {
    pub(super) fn new(shared: Arc<Shared>, caller: Caller) -> Self {
        Self { shared, caller }
    }

    fn principal(&self, context: &RequestContext<RoleServer>) -> Result<Arc<Principal>, ErrorData> {
        let principal = match &self.caller {
            Caller::Process(principal) => Some(principal),
            Caller::Request => context
                .extensions
                .get::<http::request::Parts>()
                .and_then(|parts| parts.extensions.get::<Arc<Principal>>()),
        };
        principal.cloned().ok_or_else(|| ErrorData::internal_error("the request has no principal", None))
    }

    fn instructions(&self, context: &RequestContext<RoleServer>) -> Result<String, ErrorData> {
        let principal = self.principal(context)?;
        Ok(instructions::instructions(&self.shared.gateway.catalogs.current(), &principal))
    }

    #[expect(
        deprecated,
        reason = "the protocol deprecates logging, and clients of every released revision use it"
    )]
    async fn log_level(
        &self,
        context: &RequestContext<RoleServer>,
        principal: &Principal,
    ) -> Option<LoggingLevel> {
        if is_modern(context.protocol_version().as_ref()) {
            return context.meta.log_level();
        }
        self.shared.levels.get(principal.id).await
    }
}

impl ServerHandler for Handler {
    #[expect(
        deprecated,
        reason = "the protocol deprecates logging, and clients of every released revision use it"
    )]
    fn get_info(&self) -> ServerConfig {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_tool_list_changed().enable_logging().build();
        ServerConfig::new(capabilities).with_server_info(self.shared.implementation.clone())
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let mut opened = self.negotiate_initialize(&request)?;
        opened.instructions = Some(self.instructions(&context)?);
        Ok(opened)
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        let info = self.get_info().with_instructions(self.instructions(&context)?);
        let mut discovered = DiscoverResult::from_server_info(versions, info);
        discovered.ttl_ms = listing::fresh_ms(&self.shared.gateway.catalogs);
        discovered.cache_scope = CacheScope::Private;
        Ok(discovered)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let principal = self.principal(&context)?;
        let catalogs = &self.shared.gateway.catalogs;
        let (fresh_ms, catalog) = (listing::fresh_ms(catalogs), catalogs.current());
        let cursor = request.as_ref().and_then(|request| request.cursor.as_deref());
        let connections = &self.shared.gateway.connections;
        let own = connections.page(&principal.connections, None, 2).await.map_err(|error| {
            tracing::error!(%error, "mcp.connections_unknown");
            ErrorData::internal_error("the host's store can't be reached at the moment", None)
        })?;
        let mut page = listing::page(&catalog, &principal, cursor, own.len() > 1)?;
        page.ttl_ms = Some(fresh_ms);
        if is_modern(context.protocol_version().as_ref()) {
            self.shared.sign(&mut page.meta);
        }
        Ok(page)
    }

    /// Feeds the check of `Mcp-Param-*` headers, which a schema can ask for.
    fn get_tool(&self, name: &str) -> Option<Tool> {
        let catalog = self.shared.gateway.catalogs.current();
        let tool = catalog.get(name)?;
        Some(Tool::new_with_raw(Cow::Owned(name.to_owned()), None, Arc::clone(&tool.input_schema)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let principal = self.principal(&context)?;
        let wanted = Wanted {
            progress: context.meta.get_progress_token(),
            level: self.log_level(&context, &principal).await,
        };
        let request_of_http = context.extensions.get::<http::request::Parts>();
        let of_http = request_of_http.map(|parts| &parts.extensions);
        let needs = of_http.and_then(|extensions| extensions.get::<NeedsOfCall>()).cloned();
        let _in_session = of_http
            .and_then(|extensions| extensions.get::<Arc<Arrival>>())
            .map(|arrival| arrival.begin(context.id.clone(), context.ct.clone()));
        let gateway = &self.shared.gateway;
        let arguments = request.arguments.unwrap_or_default();
        let tool = request.name.into_owned();
        let cancel = context.ct.clone();
        let is_modern = is_modern(context.protocol_version().as_ref());
        let headers = request_of_http.map(|parts| &parts.headers);
        let beside = match Beside::of(Some(&context.meta.0), headers) {
            Ok(beside) => beside,
            Err(problem) => {
                let refused = calls::refused(problem);
                return Ok(refused.for_library(is_modern.then_some(&self.shared.identity))?.into());
            }
        };
        let (_, result) = if wanted.is_nothing() {
            calls::call(gateway, principal, tool, arguments, beside, Arc::new(Silent), cancel).await
        } else {
            let (sink, notices) = progress::between(&tool, wanted);
            let call = calls::call(gateway, principal, tool, arguments, beside, Arc::new(sink), cancel);
            notices.tell_while(&context.peer, call).await
        };
        let result = result?;
        if let (Some(noted), Some(access)) = (needs, result.needs()) {
            noted.note(access);
        }
        Ok(result.for_library(is_modern.then_some(&self.shared.identity))?.into())
    }

    fn accepted_subscription_filter(&self, _requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let principal = self.principal(subscription.request_context())?;
        changes::listen(&self.shared, &principal, subscription).await
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        // Over HTTP there is no connection that outlives the request; there, legacy clients open the stream of GET.
        if matches!(self.caller, Caller::Process(_)) {
            tokio::spawn(changes::tell(self.shared.gateway.catalogs.changes(), context.peer));
        }
    }

    #[expect(
        deprecated,
        reason = "the protocol deprecates logging, and clients of every released revision use it"
    )]
    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if is_modern(context.protocol_version().as_ref()) {
            return Err(ErrorData::method_not_found::<SetLevelRequestMethod>());
        }
        let principal = self.principal(&context)?;
        self.shared.levels.set(principal.id, request.level).await;
        Ok(())
    }

    /// A method that is unknown, or known with parameters that don't fit: the library can't tell them apart.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let is_served = match request.method.as_str() {
            "tools/call" | "tools/list" => true,
            "server/discover" | "subscriptions/listen" => is_modern(context.protocol_version().as_ref()),
            "initialize" | "ping" | "logging/setLevel" => !is_modern(context.protocol_version().as_ref()),
            _ => false,
        };
        if is_served {
            let message = format!("the parameters of {} are not of the form that it takes", request.method);
            return Err(ErrorData::invalid_params(message, None));
        }
        let message = format!("there is no method {}", request.method.chars().take(80).collect::<String>());
        Err(ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, message, None))
    }
}
