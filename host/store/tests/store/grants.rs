use std::collections::{BTreeSet, HashMap};

use toolbay_kernel::CapabilityName::{NotionDestroy, NotionRead, NotionWrite, State};
use toolbay_kernel::PluginName;
use toolbay_kernel::administration::{AdministrationStore as _, Refused};
use toolbay_kernel::ports::Grants as _;

use crate::harness::{administration, installation, operator, store};

fn plugin(name: &str) -> PluginName {
    name.parse().unwrap()
}

#[tokio::test]
async fn grants_last_until_they_are_taken_back() {
    let (store, installation) = store().await;
    let notes = plugin("notes");
    assert!(store.grants().await.unwrap().is_empty());
    assert!(store.grant(&notes, NotionRead, &operator()).await.unwrap());
    assert!(!store.grant(&notes, NotionRead, &operator()).await.unwrap());
    assert!(store.grant(&notes, State, &operator()).await.unwrap());
    assert!(store.grant(&plugin("other"), NotionWrite, &operator()).await.unwrap());

    let beside = installation.open().await;
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([NotionRead, State]));
    assert!(administration(&store).revoke_grant(&notes, NotionRead, &operator()).await.unwrap());
    assert!(!administration(&store).revoke_grant(&notes, NotionRead, &operator()).await.unwrap());
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([State]));
    assert_eq!(beside.grants().await.unwrap()[&plugin("other")], BTreeSet::from([NotionWrite]));
}

#[tokio::test]
async fn what_the_configuration_grants_is_added_and_cannot_be_taken_back_by_command() {
    let mut installation = installation().await;
    let notes = plugin("notes");
    installation.settings.grants = HashMap::from([(notes.clone(), BTreeSet::from([NotionRead]))]);
    let store = installation.open().await;
    store.grant(&notes, NotionWrite, &operator()).await.unwrap();
    assert_eq!(store.grants().await.unwrap()[&notes], BTreeSet::from([NotionRead, NotionWrite]));
    let listed = store.granted().await.unwrap();
    let origins: Vec<_> = listed.iter().map(|row| (row.capability, row.granted_at.is_some())).collect();
    assert_eq!(origins, [(NotionRead, false), (NotionWrite, true)]);

    let refusal = administration(&store).revoke_grant(&notes, NotionRead, &operator()).await.unwrap_err();
    assert!(matches!(refusal, Refused::FromConfiguration));
    installation.settings.grants.clear();
    assert_eq!(installation.open().await.grants().await.unwrap()[&notes], BTreeSet::from([NotionWrite]));
}

#[tokio::test]
async fn a_capability_that_is_not_known_is_not_granted() {
    let (store, installation) = store().await;
    store.grant(&plugin("notes"), NotionDestroy, &operator()).await.unwrap();
    installation
        .tamper(
            "INSERT INTO grants VALUES ('notes', 'everything', 0); INSERT INTO grants VALUES ('../x', 'state', 0)",
        )
        .await
        .unwrap();
    let expected = HashMap::from([(plugin("notes"), BTreeSet::from([NotionDestroy]))]);
    assert_eq!(store.grants().await.unwrap(), expected);
}
