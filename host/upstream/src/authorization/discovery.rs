//! Which authorization server a server has, and what that says of itself.

use serde::Deserialize;
use serde_json::Value;
use toolbay_kernel::connecting::AuthorizationError;
use url::Url;

use super::address;
use super::http::Asking;

/// Longest scope that a server asks for, in bytes.
const MAX_SCOPE: usize = 1_000;

/// What an authorization server says of itself (RFC 8414), as far as it is used.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    #[serde(deserialize_with = "address::one")]
    pub(super) authorization_endpoint: Url,
    #[serde(deserialize_with = "address::one")]
    pub(super) token_endpoint: Url,
    #[serde(default, deserialize_with = "address::maybe")]
    pub(super) registration_endpoint: Option<Url>,
    #[serde(default, deserialize_with = "address::maybe")]
    pub(super) revocation_endpoint: Option<Url>,
    /// How a client shows that it is the one; without a word `client_secret_basic`.
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    /// Whether a person comes back with its name (RFC 9207).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub(super) says_its_name: bool,
    /// The scope that the MCP server asks for.
    #[serde(skip)]
    pub(super) scope: Option<String>,
}

/// What an MCP server says of itself as a protected resource (RFC 9728).
#[derive(Deserialize)]
struct Resource {
    #[serde(deserialize_with = "address::one")]
    resource: Url,
    #[serde(default, deserialize_with = "address::list")]
    authorization_servers: Vec<Url>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

/// Finds out which authorization server a server has, and what that says of itself.
pub(super) async fn discover(asking: &Asking, server: &Url) -> Result<Metadata, AuthorizationError> {
    let (issuer, scope) = match resource(asking, server).await? {
        Some(resource) => {
            let scope = resource.scopes_supported.join(" ");
            let scope = Some(scope).filter(|scope| (1..=MAX_SCOPE).contains(&scope.len()));
            let first = resource.authorization_servers.into_iter().next();
            (first.ok_or_else(|| refused("no authorization server is named"))?, scope)
        }
        // Revision 2025-03-26: the server is its own.
        None => (origin(server)?, None),
    };
    for url in metadata_of(&issuer)? {
        let answer = asking.get(&url).await?;
        if matches!(answer.status, 400..=499) && answer.status != 429 {
            continue;
        }
        let metadata: Metadata =
            serde_json::from_value(answer.accepted()?).map_err(|_| refused("its metadata can't be read"))?;
        return checked(asking, metadata, &issuer).map(|metadata| Metadata { scope, ..metadata });
    }
    Err(refused("no metadata of an authorization server"))
}

/// What a server says of itself; none where it says nothing.
async fn resource(asking: &Asking, server: &Url) -> Result<Option<Resource>, AuthorizationError> {
    let mut urls = vec![well_known(server, "oauth-protected-resource", server.path())?];
    urls.push(well_known(server, "oauth-protected-resource", "")?);
    urls.dedup();
    for url in urls {
        let answer = asking.get(&url).await?;
        if matches!(answer.status, 400..=499) && answer.status != 429 {
            continue;
        }
        let body: Value = answer.accepted()?;
        let resource: Resource =
            serde_json::from_value(body).map_err(|_| refused("its metadata can't be read"))?;
        // A token for another server is none for this one.
        if resource.resource.origin() != server.origin() || !is_at_or_above(&resource.resource, server) {
            return Err(refused("its metadata is about another server"));
        }
        return Ok(Some(resource));
    }
    Ok(None)
}

fn is_at_or_above(resource: &Url, server: &Url) -> bool {
    let above = resource.path().trim_end_matches('/');
    server.path().strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Refuses what isn't what a client must insist on.
fn checked(asking: &Asking, metadata: Metadata, issuer: &Url) -> Result<Metadata, AuthorizationError> {
    let is_itself = metadata.issuer.trim_end_matches('/') == issuer.as_str().trim_end_matches('/');
    if !is_itself {
        return Err(refused("its metadata names another issuer"));
    }
    if !metadata.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(refused("no proof by S256"));
    }
    let optional = [&metadata.registration_endpoint, &metadata.revocation_endpoint];
    let asked = [&metadata.authorization_endpoint, &metadata.token_endpoint].into_iter();
    for url in asked.chain(optional.into_iter().flatten()) {
        asking.check(url)?;
    }
    Ok(metadata)
}

/// Where an authorization server may describe itself: OAuth's address, and those of the identity layer over it.
fn metadata_of(issuer: &Url) -> Result<Vec<Url>, AuthorizationError> {
    let path = issuer.path().trim_end_matches('/');
    let mut urls = vec![
        well_known(issuer, "oauth-authorization-server", path)?,
        well_known(issuer, "openid-configuration", path)?,
    ];
    if !path.is_empty() {
        let mut url = issuer.clone();
        url.set_path(&format!("{path}/.well-known/openid-configuration"));
        urls.push(url);
    }
    Ok(urls)
}

fn well_known(url: &Url, name: &str, path: &str) -> Result<Url, AuthorizationError> {
    let mut origin = origin(url)?;
    let path = path.trim_end_matches('/');
    origin.set_path(&format!("/.well-known/{name}{path}"));
    Ok(origin)
}

/// An address without path, query and user.
fn origin(url: &Url) -> Result<Url, AuthorizationError> {
    url.origin().ascii_serialization().parse().map_err(|_| refused("its address has no origin"))
}

fn refused(why: &str) -> AuthorizationError {
    AuthorizationError::Refused(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_addresses_are_those_of_the_rfcs() {
        let of = |issuer: &str| -> Vec<String> {
            metadata_of(&url(issuer)).unwrap().into_iter().map(Into::into).collect()
        };
        assert_eq!(
            of("https://a.example"),
            [
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ]
        );
        assert_eq!(
            of("https://a.example/tenant/"),
            [
                "https://a.example/.well-known/oauth-authorization-server/tenant",
                "https://a.example/.well-known/openid-configuration/tenant",
                "https://a.example/tenant/.well-known/openid-configuration",
            ]
        );
        let server = url("https://user:secret@mcp.example/mcp?key=1");
        let resource = well_known(&server, "oauth-protected-resource", server.path()).unwrap();
        assert_eq!(resource.as_str(), "https://mcp.example/.well-known/oauth-protected-resource/mcp");
    }

    #[test]
    fn a_resource_is_the_server_or_above_it() {
        for (resource, is_above) in [
            ("https://m.example/", true),
            ("https://m.example/mcp", true),
            ("https://m.example/mcp/", true),
            ("https://m.example/mc", false),
            ("https://m.example/mcp/other", false),
        ] {
            assert_eq!(is_at_or_above(&url(resource), &url("https://m.example/mcp")), is_above, "{resource}");
        }
    }
}
