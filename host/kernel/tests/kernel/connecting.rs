//! Renewing a credential over ports in memory: what Notion gives is never lost, and never asked for twice on hope.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use tokio::sync::Notify;
use toolbay_kernel::audit::{Actor, Event};
use toolbay_kernel::connecting::{
    Agreed, AuthorizationError, AuthorizationPage, AuthorizationServer, Authorized, Connecting,
    ConnectingSettings, ConnectingStore, Held, Origin, Owner, PendingAuthorization, People, Person, Removal,
    RenewalLease, Turn, Unrenewed,
};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::ports::{AuditLog, Credentials, Principals, StoreError, StoreErrorKind};
use toolbay_kernel::{Code, Connection, ConnectionId, Principal, PrincipalId, System};
use uuid::Uuid;

/// One connection, and an authorization server that answers as it is told.
#[derive(Default)]
struct Ledger {
    credential: Mutex<Option<String>>,
    /// When that ends, if it does.
    expires_at: Mutex<Option<OffsetDateTime>>,
    generation: Mutex<i64>,
    ended: Mutex<Vec<Unrenewed>>,
    /// How often storing a new pair fails before it works.
    failures: Mutex<u32>,
    answers: Mutex<VecDeque<Result<Authorized, AuthorizationError>>>,
    asked: Mutex<Vec<String>>,
    revoked: Mutex<Vec<String>>,
    /// The server answers when it is told to, if it is to wait.
    gate: Option<(Notify, Notify)>,
    /// What happens to the connection while the server answers.
    meanwhile: Mutex<Option<Meanwhile>>,
}

enum Meanwhile {
    ConnectedAnew,
    Removed,
}

fn pair(number: u32) -> Authorized {
    Authorized {
        credential: SecretString::from(format!("ntn_{number}")),
        refresh_credential: Some(SecretString::from(format!("nrt_{number}"))),
        origin: None,
        lifetime: None,
        account: Some("bot".to_owned()),
        workspace_id: None,
        workspace_name: None,
        owner: None,
    }
}

impl Ledger {
    fn with(answer: Result<Authorized, AuthorizationError>) -> Self {
        Self {
            credential: Mutex::new(Some("ntn_1".to_owned())),
            answers: Mutex::new([answer].into()),
            ..Self::default()
        }
    }

    fn stored(&self) -> Option<String> {
        self.credential.lock().clone()
    }
}

fn connecting(ledger: &Arc<Ledger>) -> Connecting {
    let settings = ConnectingSettings {
        public_url: "https://tools.example.com".parse().unwrap(),
        return_origins: Vec::new(),
        people: People::Nobody,
        lifetime: Duration::from_secs(600),
        returns: std::collections::BTreeMap::new(),
    };
    let ledger = || ledger.clone();
    let servers = [(System::Notion, ledger() as _)].into();
    Connecting::new(servers, ledger(), ledger(), ledger(), ledger(), settings)
}

async fn renew(ledger: &Arc<Ledger>) -> Result<Option<String>, Code> {
    let refused = SecretString::from("ntn_1");
    let renewed = connecting(ledger).renew(ConnectionId::new(), &refused).await;
    renewed.map(|new| new.map(|new| new.expose_secret().to_owned())).map_err(|problem| problem.code)
}

#[tokio::test(start_paused = true)]
async fn a_new_pair_is_kept_before_it_is_used_also_when_the_store_fails_at_first() {
    let ledger = Arc::new(Ledger { failures: Mutex::new(4), ..Ledger::with(Ok(pair(2))) });
    assert_eq!(renew(&ledger).await, Ok(Some("ntn_2".to_owned())));
    assert_eq!(ledger.stored().as_deref(), Some("ntn_2"));
    assert_eq!(*ledger.asked.lock(), ["nrt_1"]);

    let ledger = Arc::new(Ledger { failures: Mutex::new(5), ..Ledger::with(Ok(pair(2))) });
    assert_eq!(renew(&ledger).await, Err(Code::UpstreamFailed), "what isn't kept isn't used");
    assert_eq!(*ledger.asked.lock(), ["nrt_1"], "and not asked for again");
    assert!(matches!(ledger.ended.lock()[..], [Unrenewed::Doubtful(_)]));
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_no_pair_along() {
    let ledger = Arc::new(Ledger { gate: Some(Default::default()), ..Ledger::with(Ok(pair(2))) });
    let (reached, go_on) = ledger.gate.as_ref().unwrap();
    let caller = tokio::spawn({
        let ledger = ledger.clone();
        async move { renew(&ledger).await }
    });
    reached.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go_on.notify_one();
    while ledger.stored().as_deref() != Some("ntn_2") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_happened_meanwhile_wins() {
    let anew = Mutex::new(Some(Meanwhile::ConnectedAnew));
    let ledger = Arc::new(Ledger { meanwhile: anew, ..Ledger::with(Ok(pair(2))) });
    assert_eq!(renew(&ledger).await, Ok(Some("ntn_anew".to_owned())));
    assert!(ledger.revoked.lock().is_empty(), "that would end what was connected anew as well");

    let removed = Mutex::new(Some(Meanwhile::Removed));
    let ledger = Arc::new(Ledger { meanwhile: removed, ..Ledger::with(Ok(pair(2))) });
    assert_eq!(renew(&ledger).await, Err(Code::Forbidden));
    assert_eq!(*ledger.revoked.lock(), ["ntn_2"], "nobody holds it");
    assert_eq!(ledger.stored(), None);
}

#[tokio::test]
async fn each_failure_leaves_behind_what_is_true() {
    let other_bot = Authorized { account: Some("other".to_owned()), ..pair(2) };
    for (answer, code, ended) in [
        (Err(AuthorizationError::Ended), Code::Forbidden, "Ended"),
        (Err(AuthorizationError::Unknown), Code::UpstreamFailed, "Doubtful(60s)"),
        (Ok(other_bot), Code::UpstreamFailed, "Doubtful(60s)"),
        (Err(AuthorizationError::Unreachable), Code::UpstreamFailed, "Unchanged"),
        (Err(AuthorizationError::Busy(Duration::from_secs(7))), Code::RateLimited, "Unchanged"),
        (Err(AuthorizationError::Refused("invalid_client".to_owned())), Code::UpstreamFailed, "Unchanged"),
    ] {
        let ledger = Arc::new(Ledger::with(answer));
        assert_eq!(renew(&ledger).await, Err(code), "{ended}");
        assert_eq!(format!("{:?}", ledger.ended.lock()), format!("[{ended}]"));
        assert_eq!((ledger.stored().as_deref(), ledger.asked.lock().len()), (Some("ntn_1"), 1));
    }
}

#[tokio::test]
async fn who_comes_after_a_renewal_uses_what_it_brought() {
    let ledger = Arc::new(Ledger::with(Ok(pair(3))));
    *ledger.credential.lock() = Some("ntn_2".to_owned());
    assert_eq!(renew(&ledger).await, Ok(Some("ntn_2".to_owned())));
    assert!(ledger.asked.lock().is_empty());
    assert_eq!(*ledger.ended.lock(), [Unrenewed::Unchanged]);
}

#[tokio::test]
async fn a_credential_is_renewed_a_minute_before_its_end_and_used_meanwhile_where_that_fails() {
    let fresh = |ledger: &Arc<Ledger>| {
        let connecting = connecting(ledger);
        async move {
            let fresh = connecting.fresh(ConnectionId::new()).await;
            fresh.map(|fresh| fresh.unwrap().expose_secret().to_owned()).map_err(|problem| problem.code)
        }
    };
    for (seconds, asked) in [(70, 0), (50, 1), (-5, 1)] {
        let ledger = Arc::new(Ledger::with(Ok(pair(2))));
        *ledger.expires_at.lock() = Some(OffsetDateTime::now_utc() + time::Duration::seconds(seconds));
        let used = if asked == 0 { "ntn_1" } else { "ntn_2" };
        assert_eq!(fresh(&ledger).await, Ok(used.to_owned()), "{seconds} s");
        assert_eq!(ledger.asked.lock().len(), asked, "{seconds} s");
    }
    for (seconds, used) in [(50, Ok("ntn_1".to_owned())), (-5, Err(Code::UpstreamFailed))] {
        let ledger = Arc::new(Ledger::with(Err(AuthorizationError::Unreachable)));
        *ledger.expires_at.lock() = Some(OffsetDateTime::now_utc() + time::Duration::seconds(seconds));
        assert_eq!(fresh(&ledger).await, used, "{seconds} s");
    }
}

#[async_trait]
impl AuthorizationServer for Ledger {
    async fn begin(&self, _state: &SecretString) -> Result<AuthorizationPage, AuthorizationError> {
        let url = "https://api.notion.com/v1/oauth/authorize".parse().unwrap();
        Ok(AuthorizationPage { url, proof: None })
    }

    async fn exchange(
        &self,
        _agreed: &Agreed,
        _proof: Option<&SecretString>,
    ) -> Result<Authorized, AuthorizationError> {
        Err(AuthorizationError::Unknown)
    }

    async fn renew(
        &self,
        refresh_credential: &SecretString,
        _origin: Option<&Origin>,
    ) -> Result<Authorized, AuthorizationError> {
        self.asked.lock().push(refresh_credential.expose_secret().to_owned());
        if let Some((reached, go_on)) = &self.gate {
            reached.notify_one();
            go_on.notified().await;
        }
        match self.meanwhile.lock().take() {
            Some(Meanwhile::ConnectedAnew) => {
                *self.credential.lock() = Some("ntn_anew".to_owned());
                *self.generation.lock() += 1;
            }
            Some(Meanwhile::Removed) => *self.credential.lock() = None,
            None => {}
        }
        self.answers.lock().pop_front().unwrap()
    }

    async fn revoke(
        &self,
        credential: &SecretString,
        _origin: Option<&Origin>,
    ) -> Result<(), AuthorizationError> {
        self.revoked.lock().push(credential.expose_secret().to_owned());
        Ok(())
    }
}

#[async_trait]
impl Credentials for Ledger {
    async fn credential(&self, _connection: ConnectionId) -> Result<Option<SecretString>, StoreError> {
        Ok(self.stored().map(SecretString::from))
    }
}

#[async_trait]
impl AuditLog for Ledger {
    async fn append(&self, _event: &Event) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Principals for Ledger {
    async fn authenticate(&self, _token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(None)
    }

    async fn principal(&self, _id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl ConnectingStore for Ledger {
    async fn begin(
        &self,
        _: NonceDigest,
        _: &PendingAuthorization,
        _: Duration,
        _: u32,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn take(&self, _: NonceDigest) -> Result<Option<PendingAuthorization>, StoreError> {
        Ok(None)
    }

    async fn person(&self, _: &Owner) -> Result<Person, StoreError> {
        unreachable!("nobody signs in")
    }

    async fn adopt(
        &self,
        _: &System,
        _: &Authorized,
        _: &Actor,
        _: Option<&str>,
    ) -> Result<Connection, StoreError> {
        Err(StoreError::new(StoreErrorKind::Refused, "nothing is adopted here"))
    }

    async fn held(&self, _connection: ConnectionId) -> Result<Option<Held>, StoreError> {
        let Some(credential) = self.stored() else { return Ok(None) };
        Ok(Some(Held {
            credential: SecretString::from(credential),
            system: System::Notion,
            origin: None,
            given_at: None,
            expires_at: *self.expires_at.lock(),
            is_renewable: true,
            is_ended: false,
        }))
    }

    async fn latest(&self, _: &System) -> Result<Vec<ConnectionId>, StoreError> {
        Ok(Vec::new())
    }

    async fn turn(&self, _connection: ConnectionId, _lease: Duration) -> Result<Turn, StoreError> {
        let Some(credential) = self.stored() else { return Ok(Turn::Gone) };
        Ok(Turn::Ours(RenewalLease {
            holder: Uuid::nil(),
            generation: *self.generation.lock(),
            system: System::Notion,
            account: "bot".to_owned(),
            origin: None,
            credential: SecretString::from(credential),
            refresh_credential: SecretString::from("nrt_1"),
        }))
    }

    async fn renewed(
        &self,
        _: ConnectionId,
        lease: &RenewalLease,
        authorized: &Authorized,
        _: &Actor,
    ) -> Result<bool, StoreError> {
        let mut failures = self.failures.lock();
        if *failures > 0 {
            *failures -= 1;
            return Err(StoreError::new(StoreErrorKind::Refused, "the disk is full"));
        }
        let mut credential = self.credential.lock();
        let is_current = lease.generation == *self.generation.lock() && credential.is_some();
        if is_current {
            *credential = Some(authorized.credential.expose_secret().to_owned());
        }
        Ok(is_current)
    }

    async fn unrenewed(&self, _: ConnectionId, _: &RenewalLease, how: Unrenewed) -> Result<(), StoreError> {
        self.ended.lock().push(how);
        Ok(())
    }

    async fn remove(&self, _connection: ConnectionId, _: &Actor) -> Result<Removal, StoreError> {
        Ok(Removal::Gone)
    }
}
