use std::collections::{BTreeSet, HashMap};

use toolbay_kernel::CapabilityName::{NotionDestroy, NotionRead, NotionWrite, State};
use toolbay_kernel::PluginName;
use toolbay_kernel::ports::Grants as _;
use toolbay_store::ChangeError;

use crate::harness::{installation, store};

fn plugin(name: &str) -> PluginName {
    name.parse().unwrap()
}

#[tokio::test]
async fn grants_last_until_they_are_taken_back() {
    let (store, installation) = store().await;
    let notes = plugin("notes");
    assert!(store.grants().await.unwrap().is_empty());
    assert!(store.grant(&notes, NotionRead).await.unwrap());
    assert!(!store.grant(&notes, NotionRead).await.unwrap());
    assert!(store.grant(&notes, State).await.unwrap());
    assert!(store.grant(&plugin("other"), NotionWrite).await.unwrap());

    let beside = installation.open().await;
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([NotionRead, State]));
    assert!(store.revoke_grant(&notes, NotionRead).await.unwrap());
    assert!(!store.revoke_grant(&notes, NotionRead).await.unwrap());
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([State]));
    assert_eq!(beside.grants().await.unwrap()[&plugin("other")], BTreeSet::from([NotionWrite]));
}

#[tokio::test]
async fn what_the_configuration_grants_is_added_and_cannot_be_taken_back_by_command() {
    let mut installation = installation().await;
    let notes = plugin("notes");
    installation.settings.grants = HashMap::from([(notes.clone(), BTreeSet::from([NotionRead]))]);
    let store = installation.open().await;
    store.grant(&notes, NotionWrite).await.unwrap();
    assert_eq!(store.grants().await.unwrap()[&notes], BTreeSet::from([NotionRead, NotionWrite]));
    let listed = store.list_grants().await.unwrap();
    let origins: Vec<_> = listed.iter().map(|row| (row.capability, row.granted_at.is_some())).collect();
    assert_eq!(origins, [(NotionRead, false), (NotionWrite, true)]);

    let refusal = store.revoke_grant(&notes, NotionRead).await.unwrap_err();
    assert!(matches!(refusal, ChangeError::FromConfiguration));
    installation.settings.grants.clear();
    assert_eq!(installation.open().await.grants().await.unwrap()[&notes], BTreeSet::from([NotionWrite]));
}

#[tokio::test]
async fn a_capability_that_is_not_known_is_not_granted() {
    let (store, installation) = store().await;
    store.grant(&plugin("notes"), NotionDestroy).await.unwrap();
    installation
        .tamper(
            "INSERT INTO grants VALUES ('notes', 'everything', 0); INSERT INTO grants VALUES ('../x', 'state', 0)",
        )
        .await
        .unwrap();
    let expected = HashMap::from([(plugin("notes"), BTreeSet::from([NotionDestroy]))]);
    assert_eq!(store.grants().await.unwrap(), expected);
}
