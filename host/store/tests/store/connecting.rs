//! Connections that people made: authorizations, adopting, renewing by one at a time, removing.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::administration::{AdministrationStore as _, ConnectionKind, NewToken, Workspace};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::connecting::{
    Authorized, ConnectingStore as _, PendingAuthorization, Purpose, Removal, RenewalLease, Turn, Unrenewed,
};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::ports::{Connections as _, Credentials as _, Principals as _};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{ConnectionId, PrincipalId, System};
use toolbay_store::Store;

use crate::harness::{administration, connect, operator, store};
use crate::tokens::token;

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn digest(byte: u8) -> NonceDigest {
    NonceDigest([byte; 32])
}

pub(crate) fn pending(principal: PrincipalId) -> PendingAuthorization {
    PendingAuthorization {
        purpose: Purpose::Connect(principal),
        system: System::Notion,
        proof: Some(SecretString::from("canary-proof")),
        browser: digest(9),
        return_url: Some("https://app.example.com/done?x=1".parse().unwrap()),
        state: Some("opaque-canary".to_owned()),
        hint: None,
    }
}

pub(crate) fn authorized(bot: &str, number: u32) -> Authorized {
    Authorized {
        credential: SecretString::from(format!("ntn_{bot}_{number}")),
        refresh_credential: Some(SecretString::from(format!("nrt_{bot}_{number}"))),
        origin: None,
        lifetime: None,
        account: Some(bot.to_owned()),
        workspace_id: Some("w-1".to_owned()),
        workspace_name: Some("Acme".to_owned()),
        owner: None,
    }
}

fn by(principal: PrincipalId) -> Actor {
    Actor { principal, ..operator() }
}

async fn adopt(store: &Store, bot: &str, number: u32) -> ConnectionId {
    store.adopt(&System::Notion, &authorized(bot, number), &by(PrincipalId::new()), None).await.unwrap().id
}

async fn credential(store: &Store, id: ConnectionId) -> Option<String> {
    store.credential(id).await.unwrap().map(|secret| secret.expose_secret().to_owned())
}

#[track_caller]
pub(crate) fn ours(turn: Turn) -> RenewalLease {
    match turn {
        Turn::Ours(lease) => lease,
        other => panic!("not ours: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_authorization_is_taken_once_whoever_asks() {
    let (store, installation) = store().await;
    let principal = PrincipalId::new();
    assert!(store.begin(digest(1), &pending(principal), MINUTE, 5).await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let beside = installation.open().await;
        tasks.spawn(async move { beside.take(digest(1)).await.unwrap() });
    }
    let taken: Vec<PendingAuthorization> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, [pending(principal)]);
    assert_eq!(store.take(digest(1)).await.unwrap(), None);
    assert_eq!(store.take(digest(2)).await.unwrap(), None);
}

#[tokio::test]
async fn an_authorization_expires_and_makes_room() {
    let (store, installation) = store().await;
    let (one, other) = (PrincipalId::new(), PrincipalId::new());
    for number in 0..3 {
        assert!(store.begin(digest(number), &pending(one), MINUTE, 3).await.unwrap());
    }
    assert!(!store.begin(digest(4), &pending(one), MINUTE, 3).await.unwrap(), "three wait already");
    assert!(store.begin(digest(5), &pending(other), MINUTE, 3).await.unwrap(), "another's don't count");
    installation.tamper("UPDATE authorizations SET expires_at = 1").await.unwrap();
    assert_eq!(store.take(digest(0)).await.unwrap(), None, "it has expired");
    assert!(store.begin(digest(6), &pending(one), MINUTE, 3).await.unwrap());
    let rows = installation.ask("SELECT CAST(COUNT(*) AS TEXT) FROM authorizations").await;
    assert_eq!(rows, "1", "what has expired is cleared away");
}

#[tokio::test]
async fn a_workspace_that_is_connected_again_keeps_its_connection() {
    let (store, installation) = store().await;
    let beside = installation.open().await;
    let named = store
        .adopt(&System::Notion, &authorized("a", 1), &by(PrincipalId::new()), Some("Team"))
        .await
        .unwrap();
    assert_eq!((named.name.as_str(), named.workspace_name.as_deref()), ("Team", Some("Acme")));
    let again = store
        .adopt(&System::Notion, &authorized("a", 2), &by(PrincipalId::new()), Some("Other"))
        .await
        .unwrap();
    assert_eq!((again.id, again.name.as_str()), (named.id, "Team"));
    assert_eq!(credential(&beside, named.id).await.as_deref(), Some("ntn_a_2"));
    let rows = store.all_connections().await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.kind, row.broken_at)).collect::<Vec<_>>(),
        [(ConnectionKind::OAuth, None)]
    );
    assert_eq!(rows[0].workspace_id.as_deref(), Some("w-1"));
}

#[tokio::test]
async fn a_new_connection_gets_a_name_that_nobody_has() {
    let (store, _installation) = store().await;
    connect(&store, "Acme", &SecretString::from("ntn_x"), Workspace::default()).await.unwrap();
    let named = async |bot: &str, hint: Option<&str>, workspace: Option<&str>| {
        let given = Authorized { workspace_name: workspace.map(str::to_owned), ..authorized(bot, 1) };
        store.adopt(&System::Notion, &given, &by(PrincipalId::new()), hint).await.unwrap().name
    };
    assert_eq!(named("a", None, Some("Acme")).await, "Acme 2");
    assert_eq!(named("b", Some("Acme"), None).await, "Acme 3");
    assert_eq!(named("c", None, None).await, "Notion");
    assert_eq!(named("d", None, Some(" \u{7} ")).await, "Notion 2");
    assert_eq!(named("e", Some("default"), None).await, "default 2", "that name is the environment's");
}

#[tokio::test]
async fn whoever_connects_may_use_the_connection() {
    let (store, _installation) = store().await;
    let other = ConnectionId::new();
    let narrow = NewToken { connections: Allowed::Only([other].into()), ..token("narrow") };
    let (narrow_secret, narrow) = administration(&store).create_token(narrow, &operator()).await.unwrap();
    let (wide_secret, wide) = administration(&store).create_token(token("wide"), &operator()).await.unwrap();
    // Known already, so that what changes must be seen all the same.
    store.authenticate(&narrow_secret).await.unwrap();
    let id = store.adopt(&System::Notion, &authorized("a", 1), &by(narrow.id), None).await.unwrap().id;
    assert_eq!(store.adopt(&System::Notion, &authorized("a", 2), &by(wide.id), None).await.unwrap().id, id);
    let principal = store.authenticate(&narrow_secret).await.unwrap().unwrap();
    assert_eq!(principal.connections, Allowed::Only([other, id].into()));
    let principal = store.authenticate(&wide_secret).await.unwrap().unwrap();
    assert_eq!(principal.connections, Allowed::All);
    assert_eq!(store.page(&Allowed::All, None, 100).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_renews_at_a_time_in_all_processes() {
    let (store, installation) = store().await;
    let id = adopt(&store, "a", 1).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let beside = installation.open().await;
        tasks.spawn(async move { beside.turn(id, MINUTE).await.unwrap() });
    }
    let turns = tasks.join_all().await;
    assert_eq!(turns.iter().filter(|turn| matches!(turn, Turn::Theirs)).count(), 7, "{turns:?}");
    let lease =
        turns.into_iter().find_map(|turn| if let Turn::Ours(lease) = turn { Some(lease) } else { None });
    let lease = lease.unwrap();
    assert_eq!(lease.refresh_credential.expose_secret(), "nrt_a_1");
    assert_eq!((lease.credential.expose_secret(), lease.account.as_str()), ("ntn_a_1", "a"));

    assert!(store.renewed(id, &lease, &authorized("a", 2), &Actor::host()).await.unwrap());
    assert_eq!(credential(&store, id).await.as_deref(), Some("ntn_a_2"));
    assert!(
        !store.renewed(id, &lease, &authorized("a", 3), &Actor::host()).await.unwrap(),
        "its pair has been replaced"
    );
    let next = ours(store.turn(id, MINUTE).await.unwrap());
    assert_eq!(next.refresh_credential.expose_secret(), "nrt_a_2");
    store.unrenewed(id, &next, Unrenewed::Unchanged).await.unwrap();
    ours(store.turn(id, MINUTE).await.unwrap());
}

#[tokio::test]
async fn a_lease_of_a_process_that_died_ends() {
    let (store, installation) = store().await;
    let id = adopt(&store, "a", 1).await;
    let dead = ours(store.turn(id, MINUTE).await.unwrap());
    installation.tamper("UPDATE connections SET renewing_until = 1").await.unwrap();
    let alive = ours(store.turn(id, MINUTE).await.unwrap());
    // One who wakes up late takes nothing from who came after.
    store.unrenewed(id, &dead, Unrenewed::Unchanged).await.unwrap();
    store.unrenewed(id, &dead, Unrenewed::Doubtful(Duration::ZERO)).await.unwrap();
    assert!(matches!(store.turn(id, MINUTE).await.unwrap(), Turn::Theirs));
    assert!(store.renewed(id, &alive, &authorized("a", 2), &Actor::host()).await.unwrap());
    store.unrenewed(id, &dead, Unrenewed::Ended).await.unwrap();
    ours(store.turn(id, MINUTE).await.unwrap());
}

#[tokio::test]
async fn an_unknown_outcome_stops_everybody_for_a_while() {
    let (store, installation) = store().await;
    let id = adopt(&store, "a", 1).await;
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    store.unrenewed(id, &lease, Unrenewed::Doubtful(MINUTE)).await.unwrap();
    assert!(matches!(installation.open().await.turn(id, MINUTE).await.unwrap(), Turn::Doubtful));
    installation.tamper("UPDATE connections SET renewing_until = 1").await.unwrap();
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    assert_eq!(lease.refresh_credential.expose_secret(), "nrt_a_1");
}

#[tokio::test]
async fn a_refusal_for_good_lasts_until_somebody_connects_again() {
    let (store, _installation) = store().await;
    let id = adopt(&store, "a", 1).await;
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    store.unrenewed(id, &lease, Unrenewed::Ended).await.unwrap();
    assert!(matches!(store.turn(id, MINUTE).await.unwrap(), Turn::Ended));
    assert!(store.all_connections().await.unwrap()[0].broken_at.is_some());
    assert_eq!(adopt(&store, "a", 2).await, id);
    assert!(store.all_connections().await.unwrap()[0].broken_at.is_none());
    // Whoever was refused with the old pair says nothing about the new one.
    store.unrenewed(id, &lease, Unrenewed::Ended).await.unwrap();
    ours(store.turn(id, MINUTE).await.unwrap());
}

#[tokio::test]
async fn a_renewals_lease_holds_over_a_clock_that_jumps() {
    let (store, installation) = store().await;
    let id = adopt(&store, "a", 1).await;
    let jump = async |by: i64| {
        let set = format!("UPDATE connections SET renewing_until = renewing_until + {by}");
        installation.tamper(&set).await.unwrap();
    };
    let first = ours(store.turn(id, MINUTE).await.unwrap());
    assert!(matches!(store.turn(id, MINUTE).await.unwrap(), Turn::Theirs));
    // Set back: the lease ends later than any that could be taken now.
    jump(3_600_000).await;
    let second = ours(store.turn(id, MINUTE).await.unwrap());
    assert_ne!(first.holder, second.holder);
    assert!(matches!(store.turn(id, MINUTE).await.unwrap(), Turn::Theirs));
    jump(-3_600_000).await;
    ours(store.turn(id, MINUTE).await.unwrap());
}

#[tokio::test]
async fn what_can_not_be_renewed_is_said() {
    let (mut installation, environment) = {
        let (_, installation) = store().await;
        (installation, ConnectionId::of_environment("default"))
    };
    installation.settings.environment.notion_token = Some(SecretString::from("ntn_environment"));
    let store = installation.open().await;
    let token = connect(&store, "t", &SecretString::from("ntn_t"), Workspace::default()).await.unwrap();
    let once = Authorized { refresh_credential: None, ..authorized("a", 1) };
    let once = store.adopt(&System::Notion, &once, &by(PrincipalId::new()), None).await.unwrap().id;
    for id in [environment, token, once] {
        assert!(matches!(store.turn(id, MINUTE).await.unwrap(), Turn::Fixed));
    }
    assert!(matches!(store.turn(ConnectionId::new(), MINUTE).await.unwrap(), Turn::Gone));
    // A renewal that brings no refresh credential leaves the one that there is.
    let id = adopt(&store, "b", 1).await;
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    let renewed = Authorized { refresh_credential: None, ..authorized("b", 2) };
    assert!(store.renewed(id, &lease, &renewed, &Actor::host()).await.unwrap());
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    assert_eq!(lease.refresh_credential.expose_secret(), "nrt_b_1");
    assert_eq!(lease.credential.expose_secret(), "ntn_b_2");
}

#[tokio::test]
async fn a_removed_connection_gives_its_credential_to_be_revoked() {
    let (mut installation, _) = {
        let (store, installation) = store().await;
        (installation, store)
    };
    installation.settings.environment.notion_token = Some(SecretString::from("ntn_environment"));
    let store = installation.open().await;
    let id = adopt(&store, "a", 1).await;
    let token = connect(&store, "t", &SecretString::from("ntn_t"), Workspace::default()).await.unwrap();
    let lease = ours(store.turn(id, MINUTE).await.unwrap());
    let removed = |removal| match removal {
        Removal::Removed { credential: secret, .. } => {
            secret.map(|secret: SecretString| secret.expose_secret().to_owned())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(removed(store.remove(id, &operator()).await.unwrap()).as_deref(), Some("ntn_a_1"));
    assert_eq!(
        removed(store.remove(token, &operator()).await.unwrap()),
        None,
        "no integration of this host gave it"
    );
    assert!(matches!(store.remove(id, &operator()).await.unwrap(), Removal::Gone));
    let environment = ConnectionId::of_environment("default");
    assert!(matches!(store.remove(environment, &operator()).await.unwrap(), Removal::FromEnvironment));
    assert_eq!(credential(&store, id).await, None);
    assert!(
        !store.renewed(id, &lease, &authorized("a", 2), &Actor::host()).await.unwrap(),
        "it doesn't come back"
    );
    assert_eq!(credential(&store, id).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_connect_one_workspace_at_once_have_one_connection() {
    let (store, installation) = store().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..6 {
        let beside: Arc<Store> = installation.open().await;
        tasks.spawn(async move { adopt(&beside, if number % 2 == 0 { "a" } else { "b" }, number).await });
    }
    let ids: std::collections::BTreeSet<ConnectionId> = tasks.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 2);
    let rows = store.all_connections().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.connection.name.as_str()).collect::<Vec<_>>(), ["Acme", "Acme 2"]);
}

#[tokio::test]
async fn pairs_and_wishes_are_encrypted_in_their_place() {
    let (store, installation) = store().await;
    let (one, other) = (adopt(&store, "a", 1).await, adopt(&store, "b", 1).await);
    store.begin(digest(1), &pending(PrincipalId::new()), MINUTE, 5).await.unwrap();
    let moved = format!(
        "UPDATE connections SET refresh_credential = (SELECT refresh_credential FROM connections WHERE id = '{other}') \
         WHERE id = '{one}'"
    );
    assert_eq!(installation.tamper(&moved).await.unwrap(), 1);
    assert!(store.turn(one, MINUTE).await.is_err());
    ours(store.turn(other, MINUTE).await.unwrap());
    let swapped = "UPDATE connections SET credential = refresh_credential";
    installation.tamper(swapped).await.unwrap();
    assert!(store.credential(other).await.is_err());
    // Under another digest a wish would be somebody else's.
    let zeros =
        if crate::harness::on_postgres() { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    installation.tamper(&format!("UPDATE authorizations SET state_digest = {zeros}")).await.unwrap();
    assert!(store.take(digest(0)).await.is_err());
}
