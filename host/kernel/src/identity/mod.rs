//! Identity: people who sign in, and the programs that they let act for them.
//!
//! The words of both sides are here. [`Identity`] is what surfaces ask, and the crate `identity` answers: OAuth's
//! authorization server, signing in and sessions. [`IdentityStore`] is what that crate keeps, and the store keeps it;
//! [`ClientDocuments`] is how it reads what a client says of itself at its own address.

mod client;
mod document;
mod oauth_error;
mod port;
mod scope;
mod service;
mod token;

pub use client::{Client, ClientId, ClientKind, ClientRecord};
pub use document::{ClientDocuments, DocumentError};
pub use oauth_error::{OAuthCode, OAuthError};
pub use port::{
    AuthorizationRequest, ClientGrant, Exchange, IdentityStore, IssuedCode, NewSession, NewTokens, Rotation,
    SessionRecord,
};
pub use scope::{DEFAULT_SCOPE, SCOPES, scope_of, strongest_of};
pub use service::{
    Authorize, Begun, ConsentPage, CredentialsOfClient, Decision, Identity, Next, Refused, Registered,
    Session, TokenAnswer, TokenRequest,
};
pub use token::TokenKind;
