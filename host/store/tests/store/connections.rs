use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use toolbay_kernel::administration::{AdministrationStore as _, Refused, Workspace};
use toolbay_kernel::connecting::{ConnectingStore, Removal};
use toolbay_kernel::ports::{Connections as _, Credentials as _, PluginState as _};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Connection, ConnectionId};
use toolbay_store::{Environment, OpenError, Store};

use crate::harness::{connect, installation, operator, store};

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn credential(store: &Store, id: ConnectionId) -> Option<String> {
    store.credential(id).await.unwrap().map(|secret| secret.expose_secret().to_owned())
}

async fn all(store: &Store) -> Vec<Connection> {
    store.page(&Allowed::All, None, 100).await.unwrap()
}

async fn names(store: &Store) -> Vec<String> {
    all(store).await.into_iter().map(|connection| connection.name).collect()
}

#[tokio::test]
async fn a_connection_gives_its_own_credential_to_every_process() {
    let (store, installation) = store().await;
    let workspace = Workspace { id: Some("w-1".into()), name: Some("Ada's team".into()) };
    let beta = connect(&store, "beta", &secret("ntn_beta"), workspace).await.unwrap();
    let alpha = connect(&store, "Alpha", &secret("ntn_alpha"), Workspace::default()).await.unwrap();

    for store in [&store, &installation.open().await] {
        assert_eq!(names(store).await, ["Alpha", "beta"]);
        assert_eq!(credential(store, alpha).await.as_deref(), Some("ntn_alpha"));
        assert_eq!(credential(store, beta).await.as_deref(), Some("ntn_beta"));
        assert_eq!(credential(store, ConnectionId::new()).await, None);
        let known = all(store).await;
        assert_eq!((known[1].id, known[1].workspace_name.as_deref()), (beta, Some("Ada's team")));
        assert_eq!(store.all_connections().await.unwrap()[1].workspace_id.as_deref(), Some("w-1"));
    }
    let taken = connect(&store, "beta", &secret("ntn_x"), Workspace::default()).await;
    assert!(matches!(taken, Err(Refused::NameTaken(_))));
}

#[tokio::test]
async fn a_removed_connection_takes_its_credential_and_state_along() {
    let (store, installation) = store().await;
    let beside = installation.open().await;
    let plugin = "notes".parse().unwrap();
    let gone = connect(&store, "gone", &secret("ntn_gone"), Workspace::default()).await.unwrap();
    let kept = connect(&store, "kept", &secret("ntn_kept"), Workspace::default()).await.unwrap();
    for id in [gone, kept] {
        assert!(store.put(&plugin, id, "k", &json!(1), 10).await.unwrap());
    }
    assert!(credential(&beside, gone).await.is_some());

    assert!(matches!(
        ConnectingStore::remove(&*store, gone, &operator()).await.unwrap(),
        Removal::Removed { credential: None, .. }
    ));
    assert!(matches!(ConnectingStore::remove(&*store, gone, &operator()).await.unwrap(), Removal::Gone));
    assert_eq!(names(&store).await, ["kept"]);
    // Another process may list it a moment longer, but has no credential from now on.
    assert_eq!(credential(&beside, gone).await, None);
    assert_eq!(store.get(&plugin, gone, "k").await.unwrap(), None);
    assert_eq!(store.get(&plugin, kept, "k").await.unwrap(), Some(json!(1)));
}

#[tokio::test]
async fn a_credential_that_was_moved_to_another_connection_is_refused() {
    let (store, installation) = store().await;
    let mine = connect(&store, "mine", &secret("ntn_mine"), Workspace::default()).await.unwrap();
    let yours = connect(&store, "yours", &secret("ntn_yours"), Workspace::default()).await.unwrap();
    let moved = installation
        .tamper(
            "UPDATE connections SET credential = (SELECT credential FROM connections WHERE name = 'yours') \
             WHERE name = 'mine'",
        )
        .await;
    assert_eq!(moved.unwrap(), 1);
    assert!(store.credential(mine).await.is_err());
    assert_eq!(credential(&store, yours).await.as_deref(), Some("ntn_yours"));
}

#[tokio::test]
async fn the_connection_of_the_environment_is_never_stored() {
    let mut installation = installation().await;
    let default = ConnectionId::of_environment("default");
    installation.settings.environment =
        Environment { action_api_token: None, notion_token: Some(secret("ntn_environment")) };
    let store = installation.open().await;
    connect(&store, "aa", &secret("ntn_a"), Workspace::default()).await.unwrap();
    connect(&store, "zz", &secret("ntn_z"), Workspace::default()).await.unwrap();
    assert_eq!(names(&store).await, ["aa", "default", "zz"]);
    assert_eq!(all(&store).await[1].id, default);
    assert_eq!(credential(&store, default).await.as_deref(), Some("ntn_environment"));
    assert!(matches!(
        ConnectingStore::remove(&*store, default, &operator()).await.unwrap(),
        Removal::FromEnvironment
    ));

    installation.settings.environment.notion_token = None;
    let store = installation.open().await;
    assert_eq!(names(&store).await, ["aa", "zz"]);
    assert_eq!(credential(&store, default).await, None);
    let refusal = connect(&store, "default", &secret("ntn_x"), Workspace::default()).await;
    assert!(matches!(refusal, Err(Refused::ReservedName)));
}

#[tokio::test]
async fn a_credential_that_cannot_be_sent_is_refused_at_once() {
    let mut installation = installation().await;
    let store = installation.open().await;
    for bad in ["", "two words", "line\r\nbreak: x", "ntn_ü", &"x".repeat(4_097)] {
        let refusal = connect(&store, "a", &secret(bad), Workspace::default()).await.unwrap_err();
        assert!(matches!(refusal, Refused::InvalidCredential), "{bad:?}");
        installation.settings.environment.notion_token = Some(secret(bad));
        let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
        assert!(matches!(refusal, OpenError::MalformedNotionToken), "{bad:?}");
    }
    assert!(names(&store).await.is_empty());
}

#[tokio::test]
async fn many_connections_are_read_in_pages_and_each_sees_their_own() {
    let mut installation = installation().await;
    installation.settings.environment =
        Environment { action_api_token: None, notion_token: Some(secret("ntn_environment")) };
    let store = installation.open().await;
    let mut ids = Vec::new();
    for number in 0..45 {
        let name = format!("team-{number:03}");
        ids.push(connect(&store, &name, &secret("ntn_x"), Workspace::default()).await.unwrap());
    }
    // More than one statement looks for at once, and one that isn't there.
    let some = Allowed::Only(ids.iter().step_by(2).copied().chain([ConnectionId::new()]).collect());
    for (allowed, expected) in [(Allowed::All, 46), (some, 23), (Allowed::Only([].into()), 0)] {
        let (mut seen, mut after) = (Vec::<Connection>::new(), None::<String>);
        loop {
            let page = store.page(&allowed, after.as_deref(), 7).await.unwrap();
            assert!(page.len() <= 7);
            let Some(last) = page.last() else { break };
            after = Some(last.name.clone());
            seen.extend(page);
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.is_sorted_by(|one, other| one.name < other.name));
        assert!(seen.iter().all(|connection| allowed.contains(&connection.id)));
    }
    let found = store.connection(&Allowed::All, ids[7]).await.unwrap().unwrap();
    assert_eq!(found.name, "team-007");
    assert_eq!(store.connection(&Allowed::All, ConnectionId::new()).await.unwrap(), None);
}
