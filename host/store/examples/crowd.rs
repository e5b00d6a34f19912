//! A store with a crowd in it, for `script/bench identity`: so many API tokens, each of whose bearers let a client act for
//! them. Prints some of the tokens, the API tokens first, a line each.
//!
//! ```text
//! crowd DATA_FOLDER COUNT SHOWN
//! ```
//!
//! The first of the shown API tokens may use everything; the others are narrowed as far as a token can be for a tool that
//! needs no connection: to the tool `echo`, to reading, and to a rate that nobody reaches.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use toolbay_kernel::administration::NewToken;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{ClientGrant, ClientId, IdentityStore as _, IssuedCode, NewTokens, TokenKind};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Administration, CapabilityRegistry, Parts, PrincipalId, ToolName};
use toolbay_store::{KeySource, Store, StoreSettings};

/// Longer than any measurement.
const LIFETIME: Duration = Duration::from_hours(24);

struct Crowd {
    store: Arc<Store>,
    administration: Administration,
    by: Actor,
    client: ClientId,
}

impl Crowd {
    async fn open(folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        let database = format!("sqlite://{}", folder.join("toolbay.db").display());
        let capabilities = CapabilityRegistry::new([]);
        let settings =
            StoreSettings { capabilities, ..StoreSettings::new(database, folder, KeySource::DataDir) };
        let store = Store::open(settings).await?;
        Ok(Self {
            administration: Administration::new(Arc::<Store>::clone(&store)),
            store,
            by: Actor::operator(),
            client: ClientId::try_from("https://client.example/document.json".to_owned())?,
        })
    }

    async fn api_token(&self, number: usize) -> Result<(SecretString, PrincipalId), Box<dyn Error>> {
        let is_narrowed = number > 0;
        let new = NewToken {
            name: format!("token {number}"),
            tools: if is_narrowed {
                Allowed::Only(["echo".parse::<ToolName>()?].into())
            } else {
                Allowed::All
            },
            connections: Allowed::All,
            strongest: if is_narrowed { Access::Reads } else { Access::Destroys },
            default_connection: None,
            parts: Parts::default(),
            rates: if is_narrowed {
                Rates { calls: Some("10000/second".parse()?), ..Rates::default() }
            } else {
                Rates::default()
            },
            expires_at: Some(OffsetDateTime::now_utc() + LIFETIME),
            administers: false,
        };
        let (token, record) = self.administration.create_token(new, &self.by).await?;
        Ok((token, record.id))
    }

    /// Lets the client act for an owner; its access token.
    async fn grant(&self, owner: PrincipalId) -> Result<SecretString, Box<dyn Error>> {
        let grant = ClientGrant {
            id: PrincipalId::new(),
            owner,
            client: self.client.clone(),
            client_name: "A client".to_owned(),
            connections: Allowed::All,
            strongest: Access::Reads,
            created_at: OffsetDateTime::now_utc(),
            used_at: None,
        };
        let issued = IssuedCode {
            grant: grant.id,
            client: self.client.clone(),
            redirect_uri: "https://client.example/callback".to_owned(),
            challenge: None,
            strongest: grant.strongest,
        };
        let (_, code) = TokenKind::Refresh.generate()?;
        let is_added = self.store.add_grant(&grant, code, &issued, LIFETIME, 1, &self.by).await?;
        assert!(is_added, "the grant was refused");
        let (access, access_digest) = TokenKind::Access.generate()?;
        let (_, refresh): (_, NonceDigest) = TokenKind::Refresh.generate()?;
        let tokens = NewTokens {
            access: access_digest,
            refresh: Some(refresh),
            strongest: grant.strongest,
            access_lifetime: LIFETIME,
            refresh_lifetime: LIFETIME,
        };
        self.store.issue(grant.id, &tokens).await?;
        Ok(access)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("crowd DATA_FOLDER COUNT SHOWN");
    let crowd = Crowd::open(next()?.into()).await?;
    let (count, shown): (usize, usize) = (next()?.parse()?, next()?.parse()?);
    // Those that are used lie everywhere in the tables, not at their end.
    let step = (count / shown).max(1);
    let (mut of_bearers, mut of_clients) = (Vec::new(), Vec::new());
    for number in 0..count {
        let (token, owner) = crowd.api_token(number).await?;
        let access = crowd.grant(owner).await?;
        if number % step == 0 && of_bearers.len() < shown {
            of_bearers.push(token);
            of_clients.push(access);
        }
    }
    for token in of_bearers.iter().chain(&of_clients) {
        println!("{}", token.expose_secret());
    }
    crowd.store.close().await;
    Ok(())
}
