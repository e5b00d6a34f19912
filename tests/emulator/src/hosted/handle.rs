//! What a test does to the hosted server.

use super::controls;
use super::oauth::token;
use super::settings::{HostedConsent, HostedSettings};
use super::token_requests::TokenRequest;
use super::trail::HostedExchange;
use crate::gate::Gate;
use crate::json::Peek;

/// The hosted MCP server of an emulator, as a test sees it.
pub struct HostedMcp<'a> {
    pub(crate) gate: &'a Gate,
}

impl HostedMcp<'_> {
    /// The address of the MCP endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/mcp", self.gate.base)
    }

    /// An access token as the person of the consent would have given it to the client of the start, for a test that is not about
    /// how it is got.
    #[must_use]
    pub fn access_token(&self) -> String {
        token::given(self.gate).text("access_token").unwrap_or_default().to_owned()
    }

    /// Who is at the authorization page from now on, and what they do.
    pub fn consent(&self, consent: HostedConsent) {
        self.gate.state.lock().hosted.consent = consent;
    }

    /// How it behaves from now on.
    pub fn set(&self, settings: HostedSettings) {
        self.gate.state.lock().hosted.set(settings);
    }

    /// Makes every access token refused; the refresh tokens still work. Answers how many grants had one.
    pub fn expire(&self) -> usize {
        controls::expire(self.gate)
    }

    /// Ends every grant, as when people remove the connection in Notion's settings. Answers how many there were.
    pub fn revoke(&self) -> usize {
        controls::revoke(self.gate)
    }

    /// Forgets every session, as a server that starts again. Answers how many there were.
    pub fn forget_sessions(&self) -> usize {
        controls::forget_sessions(self.gate)
    }

    /// Every request to the token endpoint, in order.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.gate.state.lock().hosted.token_requests.clone()
    }

    /// Every request to the hosted server's addresses, in order.
    #[must_use]
    pub fn trail(&self) -> Vec<HostedExchange> {
        self.gate.state.lock().hosted.trail.exchanges()
    }

    /// Every code, token, secret and session id that was ever given, for tests that look for them where they must not be.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.gate.state.lock().hosted.labels.secrets()
    }
}
