//! The clients that are registered: one from the start, and those that registered themselves.

use std::collections::BTreeMap;

use crate::oauth::OAuthApp;

/// The most clients that are kept. A test that registers more has lost count.
pub(super) const MAX_CLIENTS: usize = 10_000;

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Proof {
    /// Not at all: a public client.
    Nothing,
    /// Its secret in the form.
    Post,
    /// Its secret in the header.
    Basic,
    /// Its secret, wherever. Only a client that was set up by hand.
    Either,
}

pub(super) struct Client {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) secret: Option<String>,
    pub(super) proof: Proof,
    /// Where people may be sent back to.
    pub(super) redirects: Redirects,
    /// Whether it is given refresh tokens.
    pub(super) renews: bool,
}

pub(super) enum Redirects {
    /// One of these, to the letter.
    Exactly(Vec<String>),
    /// Any address of this machine: a test host doesn't know its port before it starts.
    ThisMachine,
}

impl Client {
    pub(super) fn may_send_to(&self, address: &str) -> bool {
        match &self.redirects {
            Redirects::Exactly(known) => known.iter().any(|known| known == address),
            Redirects::ThisMachine => is_of_this_machine(address),
        }
    }
}

/// Whether an address is of this machine, over plain HTTP.
pub(super) fn is_of_this_machine(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| {
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        url.scheme() == "http" && is_here && url.fragment().is_none() && url.username().is_empty()
    })
}

pub(crate) struct Clients {
    known: BTreeMap<String, Client>,
}

impl Clients {
    /// The one client of the start.
    pub(crate) fn with(app: &OAuthApp) -> Clients {
        let redirects = match app.redirect_uris.as_slice() {
            [] => Redirects::ThisMachine,
            known => Redirects::Exactly(known.to_vec()),
        };
        let client = Client {
            id: app.client_id.clone(),
            name: "Toolbay".to_owned(),
            secret: Some(app.client_secret.clone()),
            proof: Proof::Either,
            redirects,
            renews: true,
        };
        Clients { known: BTreeMap::from([(client.id.clone(), client)]) }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Client> {
        self.known.get(id)
    }

    /// Adds one; `false` when there are too many.
    pub(super) fn add(&mut self, client: Client) -> bool {
        let has_room = self.known.len() < MAX_CLIENTS;
        if has_room {
            self.known.insert(client.id.clone(), client);
        }
        has_room
    }
}
