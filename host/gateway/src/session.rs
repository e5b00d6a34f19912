//! The session of a browser, on REST: a page of this host asks in the name of whoever is signed in.
//!
//! The cookie comes with every request of the browser, so two things say that a page of this host sent it: `Sec-Fetch-Site`,
//! which no page can write, and, where something may change, the form token, which no page of another site can read.

use http::{HeaderMap, HeaderName, Method, header};
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use toolbay_kernel::identity::Session;
use toolbay_kernel::{Code, Problem};

use crate::Gateway;
use crate::envelope::Refusal;
use crate::oauth::cookie::SESSION;

/// The header that repeats the session's form token.
const FORM_TOKEN: HeaderName = HeaderName::from_static("x-form-token");

/// The header by which a browser says whose page asks.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookie of a session, whether it is in force or not.
pub(crate) fn cookie(gateway: &Gateway, headers: &HeaderMap) -> Option<SecretString> {
    SESSION.brought(&gateway.settings.public_url, headers)
}

/// Who is signed in in this browser.
pub(crate) async fn brought(gateway: &Gateway, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    match cookie(gateway, headers) {
        Some(cookie) => gateway.identity.session(&cookie).await,
        None => Ok(None),
    }
}

/// Whether a session's form token was shown.
pub(crate) fn is_shown(session: &Session, shown: &[u8]) -> bool {
    shown.ct_eq(session.form_token.as_bytes()).into()
}

/// Whether a request of REST is one of a session's: it brings a cookie, and no token.
pub(crate) fn asks_on_rest(gateway: &Gateway, headers: &HeaderMap) -> bool {
    !headers.contains_key(header::AUTHORIZATION) && cookie(gateway, headers).is_some()
}

/// Refuses what no page of this host has sent.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) if site == "same-origin" => Ok(()),
        _ => Err(Problem::new(
            Code::Forbidden,
            "A session is for the pages of this host, and none of them sent this.",
        )
        .hint("Programs send `Authorization: Bearer TOKEN`, and no cookie.")
        .into()),
    }
}

/// Refuses a request that may change something and shows no form token of the session's.
pub(crate) fn check_form_token(
    method: &Method,
    headers: &HeaderMap,
    session: &Session,
) -> Result<(), Refusal> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let mut shown = headers.get_all(FORM_TOKEN).iter();
    match (shown.next(), shown.next()) {
        (Some(shown), None) if is_shown(session, shown.as_bytes()) => Ok(()),
        _ => Err(Problem::new(Code::Forbidden, "The header `X-Form-Token` is not the one of your session.")
            .hint("GET /v1/session tells it as `form_token`; load the page again.")
            .into()),
    }
}
