//! Conversations: each is its principal's alone, has one turn at a time, and can't be read in the tables.

use std::time::Duration;

use time::OffsetDateTime;
use toolbay_kernel::chat::{Conversations as _, Entry, MAX_CONVERSATIONS, Place, Taken, Transcript, Turn};
use toolbay_kernel::{ConversationId, PrincipalId};
use toolbay_store::Store;

use crate::harness::{on_postgres, store};

const LONG: Duration = Duration::from_secs(600);

fn said(text: &str) -> Transcript {
    let entry = Entry::Person { text: text.to_owned(), at: OffsetDateTime::UNIX_EPOCH };
    Transcript { entries: vec![entry], has_read: true, ..Transcript::default() }
}

async fn begun(store: &Store, who: PrincipalId, id: ConversationId, time: Duration) -> (Turn, Transcript) {
    match store.take(who, id, Some("a title"), time).await.unwrap() {
        Taken::Begun(turn, transcript) => (turn, *transcript),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_conversation_is_its_principals_alone() {
    let (store, _installation) = store().await;
    let (ada, bob, id) = (PrincipalId::new(), PrincipalId::new(), ConversationId::new());
    let (turn, empty) = begun(&store, ada, id, LONG).await;
    assert_eq!(empty, Transcript::default());
    assert!(store.end(&turn, &said("hello")).await.unwrap());
    let (listed, kept) = store.conversation(ada, id).await.unwrap().unwrap();
    assert_eq!((listed.id, listed.title.as_str(), kept), (id, "a title", said("hello")));

    assert_eq!(store.take(bob, id, None, LONG).await.unwrap(), Taken::NotThere);
    assert!(store.conversation(bob, id).await.unwrap().is_none());
    assert!(store.page(bob, None, 10).await.unwrap().is_empty());
    assert!(!store.remove(bob, id).await.unwrap());
    let stolen = Turn { principal: bob, ..turn };
    assert!(!store.keep(&stolen, &said("mine")).await.unwrap());
    assert!(store.remove(ada, id).await.unwrap() && !store.remove(ada, id).await.unwrap());
    assert!(!store.keep(&turn, &said("again")).await.unwrap(), "what was removed doesn't come back");
}

#[tokio::test]
async fn a_conversation_has_one_turn_at_a_time_and_one_that_lost_it_keeps_nothing() {
    let (store, _installation) = store().await;
    let (ada, id) = (PrincipalId::new(), ConversationId::new());
    let (first, _) = begun(&store, ada, id, LONG).await;
    assert_eq!(store.take(ada, id, None, LONG).await.unwrap(), Taken::Busy);
    assert!(store.keep(&first, &said("one")).await.unwrap());
    assert_eq!(store.take(ada, id, None, LONG).await.unwrap(), Taken::Busy, "it goes on");
    assert!(store.end(&first, &said("two")).await.unwrap());
    // A host that died leaves a turn whose time runs out.
    let (dead, kept) = begun(&store, ada, id, Duration::ZERO).await;
    assert_eq!(kept, said("two"));
    let (second, _) = begun(&store, ada, id, LONG).await;
    assert!(!store.end(&dead, &said("late")).await.unwrap());
    assert_eq!(store.take(ada, id, None, LONG).await.unwrap(), Taken::Busy, "the late one has freed nothing");
    assert!(store.end(&second, &said("three")).await.unwrap());
    assert_eq!(store.conversation(ada, id).await.unwrap().unwrap().1, said("three"));
}

#[tokio::test]
async fn the_list_goes_from_page_to_page() {
    let (store, _installation) = store().await;
    let ada = PrincipalId::new();
    for _ in 0..5 {
        let (turn, _) = begun(&store, ada, ConversationId::new(), LONG).await;
        store.end(&turn, &said("x")).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.page(ada, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        let updated_at = i64::try_from(last.updated_at.unix_timestamp_nanos() / 1_000_000).unwrap();
        after = Some(Place { updated_at, id: last.id });
        seen.extend(page);
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, next| (one.updated_at, one.id) > (next.updated_at, next.id)), "{seen:?}");
}

#[tokio::test]
async fn what_was_said_is_encrypted_and_goes_with_its_age() {
    let (store, installation) = store().await;
    let (ada, id) = (PrincipalId::new(), ConversationId::new());
    let (turn, _) = begun(&store, ada, id, LONG).await;
    store.keep(&turn, &said("canary-said")).await.unwrap();
    let columns = if on_postgres() {
        "SELECT encode(title, 'hex') || encode(transcript, 'hex') FROM conversations"
    } else {
        "SELECT hex(title) || hex(transcript) FROM conversations"
    };
    let written = installation.ask(columns).await.to_lowercase();
    let as_hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(!written.contains(&as_hex("canary-said")) && !written.contains(&as_hex("a title")));

    installation.tamper("UPDATE conversations SET updated_at = 1").await.unwrap();
    assert_eq!(store.remove_unused(LONG).await.unwrap(), 0, "a turn has it");
    store.end(&turn, &said("x")).await.unwrap();
    assert_eq!(store.remove_unused(LONG).await.unwrap(), 0, "it was used just now");
    installation.tamper("UPDATE conversations SET updated_at = 1").await.unwrap();
    assert_eq!(store.remove_unused(LONG).await.unwrap(), 1);
    assert!(store.conversation(ada, id).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_fills_the_database_with_conversations() {
    let (store, installation) = store().await;
    let ada = PrincipalId::new();
    begun(&store, ada, ConversationId::new(), LONG).await;
    // As many more as are allowed, made of the one that is there.
    let copies = format!(
        "INSERT INTO conversations (id, principal_id, title, transcript, fence, busy_until, created_at, updated_at) \
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) \
         SELECT 'copy' || n, principal_id, title, transcript, fence, busy_until, created_at, updated_at \
         FROM conversations, numbers",
        MAX_CONVERSATIONS - 1
    );
    installation.tamper(&copies).await.unwrap();
    let another = ConversationId::new();
    assert_eq!(store.take(ada, another, Some("x"), LONG).await.unwrap(), Taken::Full);
    assert_eq!(store.take(ada, another, None, LONG).await.unwrap(), Taken::NotThere);
    assert!(matches!(
        store.take(PrincipalId::new(), another, Some("x"), LONG).await.unwrap(),
        Taken::Begun(..)
    ));
}
