//! The beginning of an authorization: whether a client's request is one that a person may be asked about.

use secrecy::SecretString;
use toolbay_kernel::identity::{
    AuthorizationRequest, Authorize, Begun, Client, ClientKind, DEFAULT_SCOPE, OAuthCode, OAuthError,
    Refused, strongest_of,
};
use toolbay_kernel::nonce;
use toolbay_kernel::{Code, Problem};
use url::Url;

use crate::proof::is_challenge;
use crate::redirects::{MAX_ADDRESS, issuer_text, with_error};
use crate::{Authority, REQUEST_LIFETIME};

/// Longest `state` of a client, in bytes. It comes back in an address.
const MAX_STATE: usize = 1_024;

/// Requests that wait for a person at the same time. Anybody may begin one, and each costs a row of some hundred bytes
/// for ten minutes.
const MAX_WAITING: u32 = 10_000;

/// The parts of the address that clients ask for tokens for: this host's own, however it is written.
const RESOURCES: [&str; 7] = ["/", "/mcp", "/mcp/", "/sse", "/sse/", "/v1", "/v1/"];

impl Authority {
    pub(crate) async fn begun(&self, asked: Authorize<'_>) -> Result<Begun, Refused> {
        let parameters = Parameters(&asked.parameters);
        let client_id = parameters.one("client_id").map_err(shown)?;
        let client_id = client_id.ok_or_else(|| shown("the request names no client".to_owned()))?;
        let client = self.client(client_id).await.map_err(|error| not_known(&error))?;
        let redirect_uri = redirect_uri(&client, parameters.one("redirect_uri").map_err(shown)?)?;

        // From here on the client's own address is known, so the client is told what is wrong.
        let state = parameters.one("state").ok().flatten();
        let asked_for = wanted(&client, &parameters, asked.issuer);
        let (strongest, challenge) = asked_for.map_err(|error| {
            let state = state.filter(|state| state.len() <= MAX_STATE);
            match with_error(&redirect_uri, state, issuer_text(asked.issuer), &error) {
                // Who registered itself may have named any address: nobody is sent there who hasn't seen it.
                Some(url) if client.kind != ClientKind::Static => {
                    Refused::Linked(Box::new((at_fault(&error), url)))
                }
                Some(url) => Refused::Redirected(url),
                None => shown("the client's address can't be written".to_owned()),
            }
        })?;
        let request = AuthorizationRequest {
            client: client.id.clone(),
            client_name: client.name.clone(),
            client_kind: client.kind,
            redirect_uri,
            state: state.map(str::to_owned),
            challenge,
            strongest,
            issuer: issuer_text(asked.issuer).to_owned(),
            approved: None,
        };
        self.kept(request, asked.browser).await.map_err(|problem| Refused::Shown(Box::new(problem)))
    }

    /// One browser may ask for several clients at once: what it proves to be the same by stays.
    async fn kept(
        &self,
        request: AuthorizationRequest,
        browser: Option<&SecretString>,
    ) -> Result<Begun, Problem> {
        let known = browser.and_then(|browser| Some((browser.clone(), nonce::digest(browser)?)));
        let (browser, browser_digest) = match known {
            Some(known) => known,
            None => nonce::generate()?,
        };
        let (handle, digest) = nonce::generate()?;
        self.store.add_request(digest, browser_digest, &request, REQUEST_LIFETIME, MAX_WAITING).await?;
        Ok(Begun { request: handle, browser })
    }
}

/// What the client may ask the person for.
fn wanted(
    client: &Client,
    parameters: &Parameters<'_>,
    issuer: &Url,
) -> Result<(toolbay_kernel::Access, Option<String>), OAuthError> {
    let refused = |code, text: &str| Err(OAuthError::new(code, text));
    let invalid = |text: String| OAuthError::new(OAuthCode::InvalidRequest, text);
    let one = |name| parameters.one(name).map_err(invalid);
    if one("response_type")? != Some("code") {
        return refused(OAuthCode::UnsupportedResponseType, "response_type is code.");
    }
    if one("response_mode")?.is_some_and(|mode| mode != "query") {
        return refused(OAuthCode::InvalidRequest, "response_mode is query.");
    }
    if one("request")?.is_some() || one("request_uri")?.is_some() {
        return refused(OAuthCode::InvalidRequest, "request and request_uri are not offered.");
    }
    if one("state")?.is_some_and(|state| state.len() > MAX_STATE) {
        return refused(OAuthCode::InvalidRequest, "state has at most 1024 bytes.");
    }
    for resource in parameters.all("resource") {
        check_resource(issuer, resource)?;
    }
    let challenge = match (one("code_challenge")?, one("code_challenge_method")?) {
        (None, None) if !client.must_prove => None,
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Some(challenge.to_owned()),
        _ => {
            let text = "PKCE is needed: code_challenge of 43 characters, and code_challenge_method S256.";
            return refused(OAuthCode::InvalidRequest, text);
        }
    };
    let scope = one("scope")?.unwrap_or_default();
    Ok((strongest_of(scope).unwrap_or(DEFAULT_SCOPE), challenge))
}

/// Whether tokens are asked for this host. One for another server would be worth nothing here, and asking for it here is
/// a mistake or an attempt to pass one on (RFC 8707).
pub(crate) fn check_resource(issuer: &Url, resource: &str) -> Result<(), OAuthError> {
    let is_ours = Url::parse(resource).is_ok_and(|url| {
        url.origin() == issuer.origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && RESOURCES.contains(&url.path())
    });
    if is_ours && resource.len() <= MAX_ADDRESS {
        return Ok(());
    }
    let text = format!("resource is not this server. It is {}/mcp.", issuer_text(issuer));
    Err(OAuthError::new(OAuthCode::InvalidTarget, text))
}

fn redirect_uri(client: &Client, asked: Option<&str>) -> Result<String, Refused> {
    match (asked, client.redirect_uris.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (Some(asked), _) if asked.len() <= MAX_ADDRESS && client.may_return_to(asked) => Ok(asked.to_owned()),
        (None, _) => Err(shown("the request doesn't say where to go back to".to_owned())),
        (Some(_), _) => Err(shown("the address to go back to is not one of the client's".to_owned())),
    }
}

/// A request that is the client's fault, for the person who came by it.
fn at_fault(error: &OAuthError) -> Problem {
    let text = error.description().trim_end_matches('.').to_owned();
    Problem::new(Code::InvalidInput, text)
        .hint("nothing was allowed; the makers of that program can put it right")
}

fn not_known(error: &OAuthError) -> Refused {
    let text = error.description().trim_end_matches('.').to_owned();
    match error.code {
        OAuthCode::TemporarilyUnavailable | OAuthCode::ServerError => Refused::Shown(Box::new(
            Problem::new(Code::Unavailable, text).hint("try again in a minute; nothing was allowed"),
        )),
        _ => shown(text),
    }
}

fn shown(message: String) -> Refused {
    Refused::Shown(Box::new(
        Problem::new(Code::InvalidInput, message)
            .hint("begin again in the program that sent you here; nothing was allowed"),
    ))
}

/// The parameters of a query. Empty and absent are the same, and what comes twice is refused (RFC 6749, 3.1).
pub(crate) struct Parameters<'a>(pub(crate) &'a [(String, String)]);

impl<'a> Parameters<'a> {
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn one(&self, name: &'static str) -> Result<Option<&'a str>, String> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(format!("{name} is there twice")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_for_this_server_alone() {
        let issuer = "https://tools.example.com".parse().unwrap();
        for own in [
            "https://tools.example.com",
            "https://tools.example.com/",
            "https://tools.example.com/mcp",
            "https://TOOLS.example.com:443/mcp?profile=core",
            "https://tools.example.com/v1",
            "https://tools.example.com/sse",
        ] {
            assert!(check_resource(&issuer, own).is_ok(), "{own}");
        }
        for other in [
            "",
            "/mcp",
            "https://evil.example/mcp",
            "http://tools.example.com/mcp",
            "https://tools.example.com:8443/mcp",
            "https://tools.example.com.evil.example/mcp",
            "https://tools.example.com@evil.example/mcp",
            "https://user@tools.example.com/mcp",
            "https://tools.example.com/mcp#x",
            "https://tools.example.com/other/mcp",
            "https://tools.example.com/mcp/../other",
        ] {
            assert!(check_resource(&issuer, other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_parameter_has_one_value() {
        let pairs = [("a", "1"), ("b", ""), ("b", "2"), ("c", "1"), ("c", "1")];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let parameters = Parameters(&pairs);
        assert_eq!(parameters.one("a"), Ok(Some("1")));
        assert_eq!(parameters.one("b"), Ok(Some("2")));
        assert!(parameters.one("c").is_err());
        assert_eq!(parameters.one("d"), Ok(None));
    }
}
