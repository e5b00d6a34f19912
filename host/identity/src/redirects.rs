//! Where a browser may be sent with an answer.

use toolbay_kernel::identity::{AuthorizationRequest, OAuthError};
use url::Url;

/// Longest address, in bytes: what every browser and proxy takes.
pub(crate) const MAX_ADDRESS: usize = 2_048;

/// Schemes of editors and assistants that have no dot, beside those of reverse domains (RFC 8252, 7.1). Any other scheme
/// would let a stranger start a program of the person's machine with words of their choosing.
const OF_PROGRAMS: [&str; 13] = [
    "claude",
    "cursor",
    "goose",
    "kiro",
    "lmstudio",
    "raycast",
    "trae",
    "vscode",
    "vscode-insiders",
    "vscodium",
    "warp",
    "windsurf",
    "zed",
];

/// Whether a client may name this address for itself: `https`, a program on the person's own machine, or a scheme that a
/// program owns.
#[must_use]
pub fn may_be_named(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    // Written as it is read: else the page would show people another place than the one that their browser goes to.
    let is_as_written = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    let is_plain = is_as_written
        && text.len() <= MAX_ADDRESS
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_plain
        && match url.scheme() {
            "https" => url.host().is_some(),
            "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
            scheme => scheme.contains('.') || OF_PROGRAMS.contains(&scheme),
        }
}

/// The address with a code. Each answer names this host, so that a client that asked another one knows (RFC 9207).
pub(crate) fn with_code(request: &AuthorizationRequest, code: &str) -> Option<Url> {
    answered(&request.redirect_uri, &[("code", code)], request.state.as_deref(), &request.issuer)
}

/// The address with a refusal.
pub(crate) fn with_error(
    redirect_uri: &str,
    state: Option<&str>,
    issuer: &str,
    error: &OAuthError,
) -> Option<Url> {
    let pairs = [("error", error.code.as_str()), ("error_description", error.description())];
    answered(redirect_uri, &pairs, state, issuer)
}

fn answered(redirect_uri: &str, pairs: &[(&str, &str)], state: Option<&str>, issuer: &str) -> Option<Url> {
    let mut url = Url::parse(redirect_uri).ok()?;
    url.query_pairs_mut()
        .extend_pairs(pairs)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", issuer);
    Some(url)
}

/// An origin as the metadata writes it, without a slash at its end: clients compare it letter by letter.
pub(crate) fn issuer_text(issuer: &Url) -> &str {
    issuer.as_str().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_name_addresses_of_pages_and_programs() {
        for good in [
            "https://chatgpt.com/connector_platform_oauth_redirect",
            "https://claude.ai/api/mcp/auth_callback",
            "http://127.0.0.1:49152/callback",
            "http://localhost:3000",
            "http://[::1]:1/x",
            "cursor://anysphere.cursor-retrieval/oauth/user-oauth/callback",
            "com.example.app:/oauth",
        ] {
            assert!(may_be_named(good), "{good}");
        }
        for bad in [
            "",
            "/back",
            "http://example.com/back",
            "http://127.0.0.1.evil.example/",
            "https://user@example.com/",
            "https://evil.example\\@chatgpt.com/",
            "https:evil.example",
            "HTTPS://EVIL.example/cb",
            "https://example.com/#x",
            "https://example.com/\n",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://example.com/1",
            "ms-msdt:/id",
            "about:blank",
            "intent://x",
            &format!("https://example.com/{}", "x".repeat(2_048)),
        ] {
            assert!(!may_be_named(bad), "{bad}");
        }
    }
}
