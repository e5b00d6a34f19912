//! `/v1/administration`: what an operator sees and changes. Everything goes through the kernel's administration, which names who
//! did it in an event; here it is only translated.

mod clients;
mod connections;
mod plugins;
mod ports;
mod status;
mod tokens;
mod upstreams;

use axum::extract::Request;
use axum::response::Response;
use http::Method;
use toolbay_kernel::{Code, Problem};

pub(crate) use self::connections::told as told_connection;
pub use self::ports::{AdministrationPorts, HostFacts};
use crate::administers;
use crate::asked::{Asked, nothing_else};
use crate::envelope::Refusal;

/// An address of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Status,
    Tokens,
    CreateToken,
    RevokeToken,
    Connections,
    AddConnection,
    Plugins,
    InstallPlugin,
    RemovePlugin,
    Grant,
    RevokeGrant,
    Upstreams,
    Upstream,
    AddUpstream,
    RemoveUpstream,
    AcceptUpstream,
    Clients,
    WithdrawClient,
}

/// All of them.
pub(crate) const ROUTES: [(Method, &str, Resource); 18] = [
    (Method::GET, "/v1/administration/status", Resource::Status),
    (Method::GET, "/v1/administration/tokens", Resource::Tokens),
    (Method::POST, "/v1/administration/tokens", Resource::CreateToken),
    (Method::DELETE, "/v1/administration/tokens/{id}", Resource::RevokeToken),
    (Method::GET, "/v1/administration/connections", Resource::Connections),
    (Method::POST, "/v1/administration/connections", Resource::AddConnection),
    (Method::GET, "/v1/administration/plugins", Resource::Plugins),
    (Method::POST, "/v1/administration/plugins", Resource::InstallPlugin),
    (Method::DELETE, "/v1/administration/plugins/{name}", Resource::RemovePlugin),
    (Method::POST, "/v1/administration/plugins/{name}/grants", Resource::Grant),
    (Method::DELETE, "/v1/administration/plugins/{name}/grants/{capability}", Resource::RevokeGrant),
    (Method::GET, "/v1/administration/upstreams", Resource::Upstreams),
    (Method::POST, "/v1/administration/upstreams", Resource::AddUpstream),
    (Method::GET, "/v1/administration/upstreams/{name}", Resource::Upstream),
    (Method::DELETE, "/v1/administration/upstreams/{name}", Resource::RemoveUpstream),
    (Method::POST, "/v1/administration/upstreams/{name}/accept", Resource::AcceptUpstream),
    (Method::GET, "/v1/administration/clients", Resource::Clients),
    (Method::DELETE, "/v1/administration/clients/{id}", Resource::WithdrawClient),
];

impl Resource {
    /// Whether what is asked for is in a body.
    fn takes_body(self) -> bool {
        matches!(
            self,
            Self::CreateToken
                | Self::AddConnection
                | Self::InstallPlugin
                | Self::Grant
                | Self::AddUpstream
                | Self::AcceptUpstream
        )
    }
}

/// Answers one, to who administers.
pub(crate) async fn answer(
    resource: Resource,
    asked: Asked<'_>,
    request: Request,
) -> Result<Response, Refusal> {
    administers::required(asked.principal)?;
    let Some(ports) = asked.gateway.administration.as_ref() else {
        return Err(Problem::new(Code::Forbidden, "This host is not administered over REST.").into());
    };
    if resource.takes_body() {
        return match resource {
            Resource::AddConnection => connections::add(ports, &asked, request).await,
            Resource::InstallPlugin => plugins::install(ports, &asked, request).await,
            Resource::Grant => plugins::grant(ports, &asked, request).await,
            Resource::AddUpstream => upstreams::add(ports, &asked, request).await,
            Resource::AcceptUpstream => upstreams::accept(ports, &asked, request).await,
            _ => tokens::create(ports, &asked, request).await,
        };
    }
    nothing_else(request)?;
    match resource {
        Resource::Status => status::show(ports, &asked).await,
        Resource::Tokens => tokens::list(ports).await,
        Resource::RevokeToken => tokens::revoke(ports, &asked).await,
        Resource::Connections => connections::list(ports).await,
        Resource::RemovePlugin => plugins::remove(ports, &asked).await,
        Resource::RevokeGrant => plugins::revoke(ports, &asked).await,
        Resource::Upstreams => upstreams::list(ports).await,
        Resource::Upstream => upstreams::show(ports, &asked).await,
        Resource::RemoveUpstream => upstreams::remove(ports, &asked).await,
        Resource::Clients => clients::list(&asked).await,
        Resource::WithdrawClient => clients::withdraw(&asked).await,
        _ => plugins::list(ports, &asked).await,
    }
}
