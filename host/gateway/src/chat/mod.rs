//! The addresses of the chat, where the host has one: `POST /v1/chat` and what is below it, and `POST /api/chat/multi`.

mod answer;
mod configured;
mod conversations;
mod request;
mod stream;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, body::Body};
use toolbay_kernel::Principal;
use toolbay_kernel::chat::{ChatRequest, Which};

use self::answer::Form;
use self::configured::chat_of;
pub(crate) use self::conversations::{list, remove, show};
use self::request::ChatBody;
use crate::envelope::Refusal;
use crate::publication::Shared;
use crate::rest::{body, key, query};
use crate::{Gateway, GatewaySettings};

/// `POST /api/chat/multi`: the conversation that goes on where none is named, answered without an envelope.
pub(crate) async fn multi(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Arc<Principal>>,
    request: Request,
) -> Response {
    turn(&shared.gateway, principal, request, Which::Ongoing, Form::Plain)
        .await
        .unwrap_or_else(Refusal::into_response)
}

/// `POST /v1/chat`: a new conversation where none is named.
pub(crate) async fn say(
    gateway: &Gateway,
    principal: Arc<Principal>,
    request: Request,
) -> Result<Response, Refusal> {
    turn(gateway, principal, request, Which::New, Form::Envelope).await
}

async fn turn(
    gateway: &Gateway,
    principal: Arc<Principal>,
    request: Request<Body>,
    unnamed: Which,
    form: Form,
) -> Result<Response, Refusal> {
    let chat = chat_of(gateway)?;
    key::refuse(request.headers())?;
    query::refuse(request.uri())?;
    let accepts_stream = stream::is_wanted(request.headers());
    let body = ChatBody::read(body::read(request).await?)?;
    let streams = body.stream.unwrap_or(accepts_stream);
    let which = body.conversation_id.map_or(unnamed, Which::Own);
    let said = body.said()?;
    let principal = within(principal, body.profile.as_deref(), &gateway.settings)?;
    let request = ChatRequest { principal, which, said, tools: body.tools, events: None };
    if streams {
        return stream::answer(chat, request, form).await;
    }
    Ok(form.whole(&chat.turn(request).await?))
}

/// The principal within the profile that a request names.
fn within(
    principal: Arc<Principal>,
    profile: Option<&str>,
    settings: &GatewaySettings,
) -> Result<Arc<Principal>, Refusal> {
    let Some(name) = profile else { return Ok(principal) };
    let Some(profile) = settings.profiles.get(name) else {
        let names: Vec<&str> = settings.profiles.iter().map(|(name, _)| name.as_str()).collect();
        return Err(
            Refusal::invalid("There is no such profile.").hint(format!("There are {}.", names.join(", ")))
        );
    };
    Ok(Arc::new(principal.within(profile)))
}
