use std::collections::{BTreeSet, HashMap};

use toolbay_kernel::administration::{AdministrationStore as _, Refused};
use toolbay_kernel::ports::Grants as _;
use toolbay_kernel::{CapabilityName, PluginName};

use crate::harness::{
    NOTION_DESTROY, NOTION_READ, NOTION_WRITE, administration, installation, operator, store,
};

fn plugin(name: &str) -> PluginName {
    name.parse().unwrap()
}

#[tokio::test]
async fn grants_last_until_they_are_taken_back() {
    let (store, installation) = store().await;
    let notes = plugin("notes");
    assert!(store.grants().await.unwrap().is_empty());
    assert!(store.grant(&notes, NOTION_READ, &operator()).await.unwrap());
    assert!(!store.grant(&notes, NOTION_READ, &operator()).await.unwrap());
    assert!(store.grant(&notes, CapabilityName::STATE, &operator()).await.unwrap());
    assert!(store.grant(&plugin("other"), NOTION_WRITE, &operator()).await.unwrap());

    let beside = installation.open().await;
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([NOTION_READ, CapabilityName::STATE]));
    assert!(administration(&store).revoke_grant(&notes, NOTION_READ, &operator()).await.unwrap());
    assert!(!administration(&store).revoke_grant(&notes, NOTION_READ, &operator()).await.unwrap());
    assert_eq!(beside.grants().await.unwrap()[&notes], BTreeSet::from([CapabilityName::STATE]));
    assert_eq!(beside.grants().await.unwrap()[&plugin("other")], BTreeSet::from([NOTION_WRITE]));
}

#[tokio::test]
async fn what_the_configuration_grants_is_added_and_cannot_be_taken_back_by_command() {
    let mut installation = installation().await;
    let notes = plugin("notes");
    installation.settings.grants = HashMap::from([(notes.clone(), BTreeSet::from([NOTION_READ]))]);
    let store = installation.open().await;
    store.grant(&notes, NOTION_WRITE, &operator()).await.unwrap();
    assert_eq!(store.grants().await.unwrap()[&notes], BTreeSet::from([NOTION_READ, NOTION_WRITE]));
    let listed = store.granted().await.unwrap();
    let origins: Vec<_> = listed.iter().map(|row| (row.capability, row.granted_at.is_some())).collect();
    assert_eq!(origins, [(NOTION_READ, false), (NOTION_WRITE, true)]);

    let refusal = administration(&store).revoke_grant(&notes, NOTION_READ, &operator()).await.unwrap_err();
    assert!(matches!(refusal, Refused::FromConfiguration));
    // One that is stored as well stays as it is: what is refused changes nothing.
    store.grant(&notes, NOTION_READ, &operator()).await.unwrap();
    assert!(administration(&store).revoke_grant(&notes, NOTION_READ, &operator()).await.is_err());
    installation.settings.grants.clear();
    let stored = installation.open().await.grants().await.unwrap();
    assert_eq!(stored[&notes], BTreeSet::from([NOTION_READ, NOTION_WRITE]));
}

#[tokio::test]
async fn a_capability_that_is_not_known_is_not_granted() {
    let (store, installation) = store().await;
    store.grant(&plugin("notes"), NOTION_DESTROY, &operator()).await.unwrap();
    installation
        .tamper(
            "INSERT INTO grants VALUES ('notes', 'everything', 0); INSERT INTO grants VALUES ('../x', 'state', 0)",
        )
        .await
        .unwrap();
    let expected = HashMap::from([(plugin("notes"), BTreeSet::from([NOTION_DESTROY]))]);
    assert_eq!(store.grants().await.unwrap(), expected);
}
