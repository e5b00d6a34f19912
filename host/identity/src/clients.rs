//! Which client asks: one that the operator added, one that registered itself, or one that lives at its own address.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::Problem;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{
    Client, ClientId, ClientKind, ClientRecord, DocumentError, OAuthCode, OAuthError, Registered,
};
use toolbay_kernel::nonce;
use toolbay_kernel::ports::StoreError;

use crate::Authority;
use crate::metadata::{Authentication, Metadata};
use crate::proof::digest_of;

/// Registered clients that nobody has allowed anything. Anybody may register, so the oldest of these make way.
const MAX_UNUSED: u32 = 10_000;

/// How long such a client is kept for its person to decide.
const KEPT_UNUSED: Duration = Duration::from_secs(24 * 3_600);

/// A client that the operator adds.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// A name for people.
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// Whether it can keep a secret.
    pub has_secret: bool,
    /// Whether its requests must carry PKCE. A client without a secret always must.
    pub must_prove: bool,
}

impl Authority {
    /// Adds a static client: its id, and its secret, which is answered this once.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn add_client(
        &self,
        new: NewClient,
        by: &Actor,
    ) -> Result<(Client, Option<SecretString>), Problem> {
        let secret = new.has_secret.then(new_secret).transpose()?;
        let client = Client {
            id: new_id()?,
            kind: ClientKind::Static,
            name: new.name,
            redirect_uris: new.redirect_uris,
            secret: secret.as_ref().map(digest_of),
            must_prove: new.must_prove || secret.is_none(),
        };
        self.store.add_client(&client, u32::MAX, Duration::ZERO, Some(by)).await?;
        Ok((client, secret))
    }

    /// The static and registered clients, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        self.store.clients().await
    }

    /// Removes a client with every grant that it has. False when there is none.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn remove_client(&self, id: &ClientId, by: &Actor) -> Result<bool, StoreError> {
        self.store.remove_client(id, by).await
    }

    pub(crate) async fn registered(&self, metadata: &[u8]) -> Result<Registered, OAuthError> {
        let metadata = Metadata::read(metadata)?;
        let secret = (metadata.authentication != Authentication::None).then(new_secret).transpose()?;
        let client = Client {
            id: new_id()?,
            kind: ClientKind::Registered,
            name: metadata.name,
            redirect_uris: metadata.redirect_uris,
            secret: secret.as_ref().map(digest_of),
            must_prove: true,
        };
        if !self.store.add_client(&client, MAX_UNUSED, KEPT_UNUSED, None).await? {
            let text = "Too many clients have registered. Try again later, or be added by the operator.";
            return Err(OAuthError::new(OAuthCode::TemporarilyUnavailable, text));
        }
        Ok(Registered {
            id: client.id,
            secret,
            name: client.name,
            redirect_uris: client.redirect_uris,
            authentication: metadata.authentication.as_str().to_owned(),
        })
    }

    /// The client of an id, as far as tokens need it. Of one that lives at its own address the document isn't read: it has no
    /// secret that this host could know, its codes and tokens are bound to its id, and its server may be away.
    pub(crate) async fn client_without_its_document(&self, id: &str) -> Result<Arc<Client>, OAuthError> {
        match ClientId::try_from(id.to_owned()).ok().filter(|id| id.document().is_some()) {
            None => self.client(id).await,
            Some(id) => Ok(Arc::new(Client {
                name: id.to_string(),
                id,
                kind: ClientKind::Document,
                redirect_uris: Vec::new(),
                secret: None,
                must_prove: true,
            })),
        }
    }

    /// The client of an id. An id that is an address is looked up there.
    pub(crate) async fn client(&self, id: &str) -> Result<Arc<Client>, OAuthError> {
        let unknown =
            || OAuthError::new(OAuthCode::InvalidClient, "The client is unknown. It may register again.");
        let id = ClientId::try_from(id.to_owned()).map_err(|_| unknown())?;
        match id.document() {
            Some(address) => {
                // Of several who ask at the same time, one reads.
                let read = async {
                    let document = self.documents.read(&address).await.map_err(unreadable)?;
                    of_document(&id, &document).map(Arc::new)
                };
                let known = self.known.try_get_with(id.clone(), read).await;
                known.map_err(|error: Arc<OAuthError>| OAuthError::clone(&error))
            }
            None => self.store.client(&id).await?.map(Arc::new).ok_or_else(unknown),
        }
    }
}

/// A client as its document describes it. Such a client has no secret that this host could know.
fn of_document(id: &ClientId, document: &[u8]) -> Result<Client, OAuthError> {
    let unusable = |text: &str| OAuthError::new(OAuthCode::InvalidClientMetadata, text);
    let metadata = Metadata::read_document(document)?;
    if metadata.id.as_deref() != Some(id.as_str()) {
        return Err(unusable("client_id in the client's metadata is not the address of the metadata."));
    }
    Ok(Client {
        id: id.clone(),
        kind: ClientKind::Document,
        name: metadata.name,
        redirect_uris: metadata.redirect_uris,
        secret: None,
        must_prove: true,
    })
}

fn unreadable(error: DocumentError) -> OAuthError {
    let code = match error {
        DocumentError::Unanswered => OAuthCode::TemporarilyUnavailable,
        DocumentError::NotPublic | DocumentError::NotADocument => OAuthCode::InvalidClient,
    };
    OAuthError::new(code, error.to_string())
}

fn new_id() -> Result<ClientId, Problem> {
    let (random, _) = nonce::generate()?;
    let text = format!("tbc_{}", random.expose_secret());
    ClientId::try_from(text).map_err(|error| Problem::new(toolbay_kernel::Code::Failed, error))
}

fn new_secret() -> Result<SecretString, Problem> {
    let (random, _) = nonce::generate()?;
    Ok(SecretString::from(format!("tbs_{}", random.expose_secret())))
}
