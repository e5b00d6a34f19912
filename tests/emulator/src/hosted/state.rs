//! Everything of the hosted server that changes.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use tokio::sync::watch;

use super::labels::Labels;
use super::mcp::sessions::Sessions;
use super::oauth::clients::Clients;
use super::oauth::grants::Grants;
use super::oauth::requested::Requested;
use super::settings::{HostedConsent, HostedSettings};
use super::token_requests::TokenRequest;
use super::trail::Trail;
use crate::identifiers::{Minter, undashed};
use crate::oauth::OAuthApp;

pub(crate) struct Hosted {
    pub(crate) consent: HostedConsent,
    pub(super) settings: HostedSettings,
    pub(super) clients: Clients,
    /// Authorization requests whose page is open, with when it was shown.
    pub(super) pages: BTreeMap<String, (Requested, OffsetDateTime)>,
    pub(super) grants: Grants,
    pub(super) sessions: Sessions,
    pub(super) labels: Labels,
    pub(super) trail: Trail,
    pub(super) token_requests: Vec<TokenRequest>,
    /// How often the list of tools has changed.
    pub(super) changes: watch::Sender<u64>,
    minter: Minter,
    /// The ids of the workspaces that somebody chose, by name.
    workspaces: BTreeMap<String, String>,
}

impl Hosted {
    pub(crate) fn new(seed: u64, client: &OAuthApp) -> Hosted {
        Hosted {
            consent: HostedConsent::default(),
            settings: HostedSettings::default(),
            clients: Clients::with(client),
            pages: BTreeMap::new(),
            grants: Grants::default(),
            sessions: Sessions::default(),
            labels: Labels::default(),
            trail: Trail::default(),
            token_requests: Vec::new(),
            changes: watch::Sender::new(0),
            minter: Minter::new(seed ^ 0x3C9_0000),
            workspaces: BTreeMap::new(),
        }
    }

    /// A text that can't be guessed by clients of a test, though a run with the same seed has the same.
    pub(super) fn secret(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}{}", undashed(&self.minter.uuid()), undashed(&self.minter.uuid()))
    }

    pub(super) fn id(&mut self) -> String {
        self.minter.uuid()
    }

    pub(super) fn workspace_id(&mut self, name: &str) -> String {
        if let Some(known) = self.workspaces.get(name) {
            return known.clone();
        }
        let id = self.id();
        self.workspaces.insert(name.to_owned(), id.clone());
        id
    }

    /// Takes new settings, and tells listening clients when the list of tools is another one now.
    pub(super) fn set(&mut self, settings: HostedSettings) {
        let is_changed = self.settings.hidden_tools != settings.hidden_tools;
        self.settings = settings;
        if is_changed {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }
}
