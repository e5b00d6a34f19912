//! REST: one address for every tool, beside its own route where it declares one.

pub(crate) mod body;
mod input;
pub(crate) mod key;
pub(crate) mod listing;
pub(crate) mod prefer;
pub(crate) mod query;
pub(crate) mod routes;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, body::Body};
use http::{HeaderValue, header};
use serde_json::Value;
use toolbay_kernel::catalog::Loading;
use toolbay_kernel::run::IdempotencyKey;
use toolbay_kernel::traces::{Span, Trace};
use toolbay_kernel::{Code, Invocation, Principal, Problem, Surface, Tool};

use self::prefer::RespondAsync;
use self::routes::{Found, OfHost, Target};
use crate::activity;
use crate::asked::Asked;
use crate::envelope::{self, Refusal, wrong_method};
use crate::public_origin::PublicOrigin;
use crate::publication::{Publication, Shared};
use crate::trace::Template;
use crate::{account, administration, chat, traced};

/// Answers every request below `/v1`, by the catalog of this moment.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(surface): Extension<Surface>,
    request: Request,
) -> Response {
    let publication = shared.publication();
    let found = match publication.routes.find(request.method(), request.uri().path()) {
        Ok(found) => found,
        Err(missing) => {
            let loading = shared.gateway.catalogs.loading();
            return missing.refusal(request.method(), loading).into_response();
        }
    };
    let template = Template(Arc::clone(&found.template));
    let span = match found.target {
        Target::AnyTool | Target::Tool(_) => {
            traced::begin(shared.gateway.dispatcher.traces(), surface, &template.0, &request)
        }
        Target::Host(_) => Span::none(),
    };
    let answering = match found.target.clone() {
        Target::AnyTool => call_any(&shared, principal, surface, found, request, span.within()).await,
        Target::Tool(tool) => {
            call_own(&shared, principal, surface, found, &tool, request, span.within()).await
        }
        // On the heap, so that a call, which is nearly every request, isn't moved about with the room for all others.
        Target::Host(target) => {
            Box::pin(of_host(&shared, &publication, principal, surface, target, found, request)).await
        }
    };
    let mut response = answering.unwrap_or_else(Refusal::into_response);
    traced::end(span, &response);
    response.extensions_mut().insert(template);
    response
}

/// What the host itself answers, without a tool.
async fn of_host(
    shared: &Arc<Shared>,
    publication: &Publication,
    principal: Arc<Principal>,
    surface: Surface,
    target: OfHost,
    found: Found,
    request: Request,
) -> Result<Response, Refusal> {
    let gateway = &shared.gateway;
    match target {
        OfHost::Tools => listing::tools(&publication.catalog, &principal),
        OfHost::Connections => listing::connections(gateway, &principal, query::read(request.uri())?).await,
        OfHost::Meta => {
            let origin = PublicOrigin::of(request.extensions(), &gateway.settings);
            listing::meta(gateway, origin, &publication.catalog, &principal)
        }
        OfHost::Chat => chat::say(gateway, principal, request).await,
        OfHost::Conversations => chat::list(gateway, &principal, query::read(request.uri())?).await,
        OfHost::Conversation => chat::show(gateway, &principal, found.first()).await,
        OfHost::RemoveConversation => chat::remove(gateway, &principal, found.first()).await,
        OfHost::Own(own) => account::answer(own, asked(shared, &principal, surface, found), request).await,
        OfHost::Administration(resource) => {
            administration::answer(resource, asked(shared, &principal, surface, found), request).await
        }
        OfHost::Activity => activity::list(gateway, &principal, query::read(request.uri())?).await,
        OfHost::ActivityOfCall => {
            activity::show(gateway, &publication.catalog, &principal, found.first()).await
        }
        OfHost::Changes => activity::listen(gateway, &shared.listeners, &principal, request.headers()).await,
        OfHost::JobAgain => activity::again(gateway, principal, found.first(), request).await,
        OfHost::AllJobs => activity::all_jobs(gateway, &principal, query::read(request.uri())?).await,
        OfHost::CancelJob => activity::cancel(gateway, &principal, found.first(), request).await,
    }
}

/// A request for the host itself.
fn asked<'a>(shared: &'a Shared, principal: &'a Arc<Principal>, surface: Surface, found: Found) -> Asked<'a> {
    let parameters = found.parameters.into_iter().map(|(_, value)| value).collect();
    Asked { gateway: &shared.gateway, principal, surface, parameters }
}

/// `POST /v1/tools/{name}`: the arguments are the body.
async fn call_any(
    shared: &Shared,
    principal: Arc<Principal>,
    surface: Surface,
    found: Found,
    request: Request,
    trace: Trace,
) -> Result<Response, Refusal> {
    let wish = Wish::of(&request, trace)?;
    query::refuse(request.uri())?;
    let name = found.parameters.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let arguments = body::read(request).await?;
    Ok(call(shared, (principal, surface), name, arguments, wish).await)
}

/// A tool's own route: the arguments are in path and query, or in path and body.
async fn call_own(
    shared: &Shared,
    principal: Arc<Principal>,
    surface: Surface,
    found: Found,
    tool: &Tool,
    request: Request,
    trace: Trace,
) -> Result<Response, Refusal> {
    let wish = Wish::of(&request, trace)?;
    let arguments = if found.takes_body {
        query::refuse(request.uri())?;
        input::with_body(found.parameters, body::read(request).await?)?
    } else {
        body::refuse(request.headers())?;
        input::with_query(found.parameters, query::read(request.uri())?, &tool.input_schema)?
    };
    Ok(call(shared, (principal, surface), tool.name().to_string(), arguments, wish).await)
}

/// Runs the tool. When the caller goes away this is dropped, and the call with it: the door lets it stop, or drives it to its end
/// where it has a key.
async fn call(
    shared: &Shared,
    (principal, surface): (Arc<Principal>, Surface),
    tool: String,
    arguments: Value,
    wish: Wish,
) -> Response {
    let mut invocation = Invocation::new(tool, arguments, principal, surface);
    (invocation.key, invocation.is_driven) = (wish.key, true);
    invocation.trace = wish.trace;
    invocation.as_job = wish.respond_async.map(RespondAsync::wait);
    let outcome = shared.gateway.dispatcher.call(invocation).await;
    let mut response = envelope::of_call(&outcome);
    if let (Some(preference), Some(_)) = (wish.respond_async, outcome.as_job) {
        response.headers_mut().insert(prefer::APPLIED, preference.applied());
    }
    response
}

/// What goes beside the arguments of a call.
struct Wish {
    key: Option<IdempotencyKey>,
    respond_async: Option<RespondAsync>,
    trace: Trace,
}

impl Wish {
    fn of(request: &Request<Body>, trace: Trace) -> Result<Self, Refusal> {
        let headers = request.headers();
        Ok(Self { key: key::read(headers)?, respond_async: RespondAsync::of(headers), trace })
    }
}

impl routes::Missing {
    fn refusal(self, method: &http::Method, loading: Option<Loading>) -> Refusal {
        match (self, loading) {
            // A plugin that is still to come may have a tool there, under this method.
            (Self::Address | Self::Method(_), Some(loading)) => {
                loading.problem("there is nothing at this address yet").into()
            }
            (missing, _) => missing.refusal_of_loaded(method),
        }
    }

    fn refusal_of_loaded(self, method: &http::Method) -> Refusal {
        match self {
            Self::Address => Problem::new(Code::NotFound, "there is nothing at this address")
                .hint("list the tools that you may use: GET /v1/tools")
                .into(),
            Self::Encoding => Refusal::invalid("the path is not valid UTF-8"),
            Self::Method(allowed) => {
                let refusal = wrong_method(method);
                match HeaderValue::try_from(allowed) {
                    Ok(allowed) => refusal.header(header::ALLOW, allowed),
                    Err(_) => refusal,
                }
            }
        }
    }
}
