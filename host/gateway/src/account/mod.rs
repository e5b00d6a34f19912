//! What anybody who has come in may ask about themselves: `/v1/session`, `/v1/account`, and connecting.

mod authorize;
mod grants;
mod signed_in;

use axum::extract::Request;
use axum::response::Response;
use http::Method;

pub(crate) use self::grants::told as told_grant;
use crate::asked::{Asked, nothing_else};
use crate::envelope::Refusal;

/// An address of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Session,
    Account,
    WithdrawGrant,
    SignOut,
    Authorize,
}

/// All of them.
pub(crate) const ROUTES: [(Method, &str, Own); 5] = [
    (Method::GET, "/v1/session", Own::Session),
    (Method::GET, "/v1/account", Own::Account),
    (Method::DELETE, "/v1/account/grants/{id}", Own::WithdrawGrant),
    (Method::POST, "/v1/account/sign-out", Own::SignOut),
    (Method::POST, "/v1/connections/authorize", Own::Authorize),
];

/// Answers one.
pub(crate) async fn answer(own: Own, asked: Asked<'_>, request: Request) -> Result<Response, Refusal> {
    match own {
        Own::Session => signed_in::session(&asked, &request),
        Own::Account => {
            nothing_else(request)?;
            grants::account(&asked).await
        }
        Own::WithdrawGrant => {
            nothing_else(request)?;
            grants::withdraw(&asked).await
        }
        Own::SignOut => signed_in::sign_out(&asked, request).await,
        Own::Authorize => authorize::begin(&asked, request).await,
    }
}
