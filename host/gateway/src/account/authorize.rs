//! `POST /v1/connections/authorize`: whoever is signed in begins to connect a workspace, or an account at an MCP server.

use axum::extract::Request;
use axum::response::Response;
use http::header;
use serde::Deserialize;
use serde_json::json;
use toolbay_kernel::connecting::AuthorizationRequest;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Code, Problem, System};

use crate::asked::{Asked, read};
use crate::envelope::{Refusal, of_host};
use crate::oauth::console_return;
use crate::oauth::cookie::CONNECT;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// An MCP server; Notion without one.
    upstream: Option<UpstreamName>,
    /// The page of the console that the browser goes to afterwards.
    return_to: Option<String>,
}

/// Says where the person agrees, and gives the browser the cookie that it must bring back.
pub(super) async fn begin(asked: &Asked<'_>, request: Request) -> Result<Response, Refusal> {
    let gateway = asked.gateway;
    let Begin { upstream, return_to } = read(request).await?;
    let return_url = return_to.map(|path| {
        console_return::checked(&path, &gateway.settings.public_url).map(String::from).ok_or_else(|| {
            Refusal::invalid("`return_to` is no page of the console.")
                .hint("Send a path such as /console/connections.")
        })
    });
    let request = AuthorizationRequest {
        return_url: return_url.transpose()?,
        system: upstream.map_or(System::Notion, System::Upstream),
        ..AuthorizationRequest::default()
    };
    let begun = gateway.connecting.start(asked.principal, request).await?;
    let unsendable = || Problem::new(Code::Failed, "the answer can't be written");
    let cookie = CONNECT.given(&gateway.settings.public_url, &begun.browser).ok_or_else(unsendable)?;
    let mut response = of_host(&json!({"authorize_url": begun.authorize_url.as_str()}));
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
