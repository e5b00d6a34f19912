//! The log over the audit's events: every event has a leaf, and what is changed behind the store's back is found.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use toolbay_kernel::PrincipalId;
use toolbay_kernel::administration::AdministrationStore as _;
use toolbay_kernel::audit::{Act, Actor, Event, GrantChange};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_store::{AuditItem, Finding, Sequencer, Store, Verification};

use crate::audit::{ended, events, everything, started};
use crate::harness::{Installation, on_postgres, operator, store};

/// Appends events that belong to no call.
pub(crate) async fn grants(store: &Store, number: u32) {
    for capability in 0..number {
        let change = GrantChange::Granted;
        let act = Act::Grant {
            plugin: "notes".parse().unwrap(),
            capability: format!("capability {capability}"),
            change,
        };
        store.append(&Event::of_host(&operator(), act)).await.unwrap();
    }
}

pub(crate) async fn verified(store: &Store) -> Verification {
    store.verify_audit(None, &|_| {}).await.unwrap()
}

async fn number(installation: &Installation, sql: &str) -> i64 {
    installation.ask(&format!("SELECT CAST(({sql}) AS TEXT)")).await.parse().unwrap()
}

/// Takes away what keeps rows from being changed, as somebody with the database's password can.
pub(crate) async fn without_triggers(installation: &Installation) {
    let triggers = [
        ("audit_events", "audit_events_keeps_rows"),
        ("audit_events", "audit_events_keeps_values"),
        ("audit_leaves", "audit_leaves_keeps_rows"),
        ("audit_nodes", "audit_nodes_keeps_rows"),
        ("audit_checkpoints", "audit_checkpoints_keeps_rows"),
        ("audit_leaves", "audit_leaves_keeps_values"),
        ("audit_nodes", "audit_nodes_keeps_values"),
        ("audit_checkpoints", "audit_checkpoints_keeps_values"),
    ];
    for (table, trigger) in triggers {
        let sql = match on_postgres() {
            true => format!("DROP TRIGGER IF EXISTS {trigger} ON {table}"),
            false => format!("DROP TRIGGER IF EXISTS {trigger}"),
        };
        installation.tamper(&sql).await.unwrap();
    }
}

#[tokio::test]
async fn each_event_gets_one_leaf_and_the_log_is_signed() {
    let (store, installation) = store().await;
    assert_eq!(store.audit_checkpoint().await.unwrap(), None, "there is nothing to sign");
    assert_eq!(verified(&store).await.leaves, 0);

    let mut sequencer = Sequencer::new(Arc::clone(&store));
    grants(&store, 5).await;
    assert_eq!(sequencer.pass().await.unwrap(), 5);
    assert_eq!(sequencer.pass().await.unwrap(), 0);
    grants(&store, 3).await;
    assert_eq!(verified(&store).await.without_leaf, 3);
    assert_eq!(sequencer.pass().await.unwrap(), 3);
    let told = verified(&store).await;
    // Nobody asked for a second checkpoint, and the first is young.
    assert_eq!((told.leaves, told.checkpoints, told.signed, told.without_leaf), (8, 1, 5, 0));
    assert_eq!((told.finding, told.late), (None, (0, None)));

    let note = store.audit_checkpoint().await.unwrap().unwrap();
    assert_eq!(store.audit_checkpoint().await.unwrap().unwrap(), note, "nothing has come");
    let beside = installation.open().await;
    let told = verified(&beside).await;
    assert_eq!((told.leaves, told.checkpoints, told.signed), (8, 2, 8));
    let logged = store.logged_from(0).await.unwrap();
    assert!(logged.iter().enumerate().all(|(place, logged)| logged.index == place as u64));
    assert!(logged.iter().all(|logged| logged.event.as_ref().unwrap().hash() == logged.hash));
    // The same key each time, in each process.
    assert_eq!(installation.open().await.audit_key().await.unwrap(), store.audit_key().await.unwrap());
}

#[tokio::test]
async fn what_has_a_leaf_cannot_be_changed_or_removed() {
    let (store, installation) = store().await;
    grants(&store, 4).await;
    store.audit_checkpoint().await.unwrap();
    let mut forgeries = vec![
        ("audit_leaves", "DELETE FROM audit_leaves"),
        ("audit_leaves", "UPDATE audit_leaves SET seq = seq + 100"),
        ("audit_nodes", "DELETE FROM audit_nodes"),
        ("audit_nodes", "UPDATE audit_nodes SET level = 9"),
        ("audit_checkpoints", "DELETE FROM audit_checkpoints"),
        ("audit_checkpoints", "UPDATE audit_checkpoints SET note = ''"),
        // A part of the content, more than the content, and what must stay.
        ("audit_events", "UPDATE audit_events SET details = ''"),
        ("audit_events", "UPDATE audit_events SET details = '', principal_name = 'Eve', subject = NULL"),
        (
            "audit_events",
            "UPDATE audit_events SET details = '', principal_name = '', subject = NULL, happened_at = 0",
        ),
        (
            "audit_events",
            "UPDATE audit_events SET details = '', principal_name = '', subject = NULL, kind = 'token'",
        ),
    ];
    if on_postgres() {
        forgeries.push(("audit_leaves", "TRUNCATE audit_leaves"));
        forgeries.push(("audit_nodes", "TRUNCATE audit_nodes"));
        forgeries.push(("audit_checkpoints", "TRUNCATE audit_checkpoints"));
    }
    for (table, forgery) in forgeries {
        let refusal = installation.tamper(forgery).await.unwrap_err().to_string();
        assert!(refusal.contains(&format!("{table} is append-only")), "{forgery}: {refusal}");
    }
    assert_eq!(verified(&store).await.finding, None);
}

/// What somebody with the database's password does to events, and the first place where it is found.
#[tokio::test]
async fn what_is_changed_behind_the_stores_back_is_found() {
    let day = 86_400_000;
    for (tampering, expected) in [
        (
            "UPDATE audit_events SET principal_name = 'Eve' WHERE seq IN (SELECT seq FROM audit_leaves WHERE leaf_index IN (3, 5))"
                .to_owned(),
            "changed",
        ),
        (
            "UPDATE audit_events SET details = '{\"change\":\"granted\"}' \
             WHERE seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 3)"
                .to_owned(),
            "changed",
        ),
        (
            format!(
                "UPDATE audit_events SET happened_at = happened_at - {day} \
                 WHERE seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 3)"
            ),
            "back_dated",
        ),
        (
            "DELETE FROM audit_events WHERE seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 3)".to_owned(),
            "removed",
        ),
        (
            "UPDATE audit_events SET details = '', principal_name = '', subject = NULL \
             WHERE seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 3)"
                .to_owned(),
            "content_taken",
        ),
        // Two events exchange all that they have.
        (
            "UPDATE audit_events SET (details, happened_at) = (SELECT details, happened_at FROM audit_events AS other \
             WHERE other.seq IN (SELECT seq FROM audit_leaves WHERE leaf_index IN (3, 4)) AND other.seq <> audit_events.seq) \
             WHERE seq IN (SELECT seq FROM audit_leaves WHERE leaf_index IN (3, 4))"
                .to_owned(),
            "reordered",
        ),
    ] {
        let (store, installation) = store().await;
        grants(&store, 9).await;
        store.audit_checkpoint().await.unwrap();
        without_triggers(&installation).await;
        assert!(installation.tamper(&tampering).await.unwrap() > 0, "{tampering}");
        let told = verified(&store).await;
        let event = number(&installation, "SELECT seq FROM audit_leaves WHERE leaf_index = 3").await;
        let found = serde_json::to_value(told.finding.unwrap_or_else(|| panic!("{tampering}"))).unwrap();
        assert_eq!(
            found,
            serde_json::json!({"finding": expected, "event": event, "index": 3}),
            "{tampering}"
        );
        assert_eq!(told.leaves, 3, "those before it");
    }
}

/// Leaves, nodes and checkpoints are no safer than events.
#[tokio::test]
async fn a_changed_log_is_found() {
    let zeros =
        if on_postgres() { format!("'\\x{}'", "00".repeat(32)) } else { format!("x'{}'", "00".repeat(32)) };
    for (tampering, is_expected) in [
        (
            format!("UPDATE audit_nodes SET hash = {zeros} WHERE level = 1 AND node_index = 1"),
            (|finding| matches!(finding, Finding::Node { level: 1, index: 1 })) as fn(Finding) -> bool,
        ),
        ("DELETE FROM audit_nodes WHERE level = 2".to_owned(), |finding| {
            matches!(finding, Finding::Node { level: 2, index: 0 })
        }),
        // Two leaves exchange their events.
        (
            "UPDATE audit_leaves SET seq = -leaf_index WHERE leaf_index IN (3, 5); \
             UPDATE audit_leaves SET seq = (SELECT seq FROM audit_leaves WHERE leaf_index = 4) + seq + 4 \
             WHERE leaf_index IN (3, 5)"
                .to_owned(),
            |finding| matches!(finding, Finding::Reordered { index: 3, .. }),
        ),
        ("DELETE FROM audit_leaves WHERE leaf_index = 4".to_owned(), |finding| {
            matches!(finding, Finding::LeafMissing { index: 4 })
        }),
        ("DELETE FROM audit_leaves WHERE leaf_index = 8".to_owned(), |finding| {
            matches!(finding, Finding::Truncated { leaves: 8, size: 9 })
        }),
        ("UPDATE audit_checkpoints SET note = REPLACE(note, '9', '8')".to_owned(), |finding| {
            matches!(finding, Finding::Unsigned { .. })
        }),
        ("UPDATE audit_checkpoints SET size = 7".to_owned(), |finding| {
            matches!(finding, Finding::Rewritten { after: 0, size: 7 })
        }),
    ] {
        let (store, installation) = store().await;
        grants(&store, 9).await;
        store.audit_checkpoint().await.unwrap();
        without_triggers(&installation).await;
        assert!(installation.tamper(&tampering).await.unwrap() > 0, "{tampering}");
        let finding = verified(&store).await.finding.unwrap_or_else(|| panic!("{tampering}"));
        assert!(is_expected(finding.clone()), "{tampering}: {finding:?}");
    }
}

#[tokio::test]
async fn an_event_before_the_first_is_found() {
    let (store, installation) = store().await;
    grants(&store, 3).await;
    store.audit_checkpoint().await.unwrap();
    without_triggers(&installation).await;
    let copy = "INSERT INTO audit_events (seq, happened_at, kind, subject, principal_id, principal_name, surface, details) \
                SELECT -7, happened_at, kind, subject, principal_id, principal_name, surface, details FROM audit_events \
                WHERE seq = (SELECT MAX(seq) FROM audit_events)";
    let copy = if on_postgres() {
        copy.replace(") SELECT", ") OVERRIDING SYSTEM VALUE SELECT")
    } else {
        copy.to_owned()
    };
    assert_eq!(installation.tamper(&copy).await.unwrap(), 1);
    assert_eq!(verified(&store).await.finding, Some(Finding::Foreign { event: -7 }));
}

/// A log that isn't the one that was signed last is not signed again.
#[tokio::test]
async fn nothing_is_signed_that_does_not_go_on() {
    let (store, installation) = store().await;
    grants(&store, 9).await;
    store.audit_checkpoint().await.unwrap();
    without_triggers(&installation).await;
    installation.tamper("DELETE FROM audit_leaves").await.unwrap();
    installation.tamper("DELETE FROM audit_nodes").await.unwrap();
    installation.tamper("UPDATE audit_events SET principal_name = 'Eve'").await.unwrap();
    let error = store.audit_checkpoint().await.unwrap_err().to_string();
    assert!(error.contains("doesn't go on from the checkpoint of 9 leaves"), "{error}");
    let found = verified(&store).await.finding;
    assert!(
        matches!(found, Some(Finding::Rewritten { size: 9, .. } | Finding::OtherLog { size: 9 })),
        "{found:?}"
    );
}

/// Whoever has the database alone can remove all that was signed, and can't have the rest signed again: the host knows what it has
/// signed.
#[tokio::test]
async fn a_log_without_its_checkpoints_is_found_and_not_signed_again() {
    for sql in [
        &["DELETE FROM audit_checkpoints", "DELETE FROM audit_leaves", "DELETE FROM audit_nodes"][..],
        &[
            "DELETE FROM audit_checkpoints",
            "DELETE FROM audit_leaves",
            "DELETE FROM audit_nodes",
            "DELETE FROM audit_events",
        ],
        &[
            "UPDATE audit_events SET principal_name = 'Eve'",
            "DELETE FROM audit_checkpoints",
            "DELETE FROM audit_leaves",
            "DELETE FROM audit_nodes",
        ],
    ] {
        let (store, installation) = store().await;
        grants(&store, 9).await;
        store.audit_checkpoint().await.unwrap();
        assert_eq!(verified(&store).await.finding, None);
        without_triggers(&installation).await;
        for sql in sql {
            installation.tamper(sql).await.unwrap();
        }
        let found = verified(&store).await.finding;
        assert!(found.is_some(), "{sql:?}");
        grants(&store, 12).await;
        let is_as_before = sql.len() == 3;
        // The same events have the same leaves, and are the same log.
        assert_eq!(store.audit_checkpoint().await.is_ok(), is_as_before, "{sql:?}");
        assert_eq!(verified(&store).await.finding.is_none(), is_as_before, "{sql:?}");
    }
}

/// Events from before the log get their leaves in batches, in their order.
#[tokio::test]
async fn the_events_of_an_older_version_get_their_leaves() {
    let installation = crate::harness::installation().await;
    installation.migrate_to(9).await;
    let numbers = if on_postgres() {
        "generate_series(1, 1203) AS numbers(n)"
    } else {
        "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1203) SELECT n FROM numbers)"
    };
    let insert = format!(
        "INSERT INTO audit_events (happened_at, kind, subject, principal_id, principal_name, surface, details) \
         SELECT n, 'grant', 'notes', '{}', 'Ada', 'mcp', '{{\"plugin\": \"notes\", \"capability\": \"c\", \"change\": \"granted\"}}' \
         FROM {numbers}",
        PrincipalId::new()
    );
    assert_eq!(installation.tamper(&insert).await.unwrap(), 1203);
    let store = installation.open().await;
    assert_eq!(Sequencer::new(Arc::clone(&store)).pass().await.unwrap(), 1203);
    let told = verified(&store).await;
    assert_eq!((told.leaves, told.checkpoints, told.finding), (1203, 1, None));
    assert_eq!(
        number(&installation, "SELECT COUNT(*) FROM audit_leaves WHERE leaf_index + 1 <> seq").await,
        0
    );
    assert_eq!(store.logged_from(1_200).await.unwrap().len(), 3);
}

/// Several processes append and give leaves at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_left_out_or_taken_twice_while_many_append() {
    let (store, installation) = store().await;
    let beside = installation.open().await;
    let appending: Vec<_> = (0..6)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &store } else { &beside });
            tokio::spawn(async move {
                for _ in 0..25 {
                    let start = started("create_page", PrincipalId::new());
                    store.append(&start).await.unwrap();
                    store.append(&ended(&start, None)).await.unwrap();
                }
            })
        })
        .collect();
    let mut sequencers = [Sequencer::new(Arc::clone(&store)), Sequencer::new(Arc::clone(&beside))];
    let mut given = 0;
    while !appending.iter().all(|appending| appending.is_finished()) {
        let [first, second] = &mut sequencers;
        let (one, other) = tokio::join!(first.pass(), second.pass());
        given += one.unwrap() + other.unwrap();
    }
    for appending in appending {
        appending.await.unwrap();
    }
    for sequencer in &mut sequencers {
        given += sequencer.pass().await.unwrap();
    }
    assert_eq!(given, 300);
    let told = verified(&store).await;
    assert_eq!((told.leaves, told.without_leaf, told.finding), (300, 0, None));
    assert_eq!(number(&installation, "SELECT COUNT(DISTINCT seq) FROM audit_leaves").await, 300);
    assert_eq!(events(&beside, everything()).await.len(), 100, "as many as a query asks for");
}

/// On PostgreSQL a transaction may commit after one with higher numbers.
#[tokio::test]
async fn an_event_that_is_committed_late_gets_a_later_leaf() {
    if !on_postgres() {
        return;
    }
    let (store, installation) = store().await;
    let mut late = PgConnection::connect(&installation.settings.database_url).await.unwrap();
    sqlx::raw_sql(
        "BEGIN; INSERT INTO audit_events (happened_at, kind, principal_id, principal_name, surface, details) \
         VALUES (1, 'session', '00000000-0000-0000-0000-000000000000', 'late', 'mcp', '{\"change\": \"signed_in\"}')",
    )
    .execute(&mut late)
    .await
    .unwrap();
    grants(&store, 3).await;
    let mut sequencer = Sequencer::new(Arc::clone(&store));
    assert_eq!(sequencer.pass().await.unwrap(), 3);
    sqlx::raw_sql("COMMIT").execute(&mut late).await.unwrap();
    assert_eq!(sequencer.pass().await.unwrap(), 1, "though its number is below theirs");
    let logged = store.logged_from(0).await.unwrap();
    assert_eq!(logged[3].event.as_ref().unwrap().principal_name, "late");
    assert!(logged[3].seq < logged[0].seq);
    let told = verified(&store).await;
    assert_eq!((told.finding, told.late), (None, (1, Some(logged[3].seq))), "and it says that it is older");
}

#[tokio::test]
async fn removed_content_leaves_the_leaves_and_is_told() {
    let (store, installation) = store().await;
    let start = started("create_page", PrincipalId::new());
    store.append(&start).await.unwrap();
    grants(&store, 2).await;
    let plugin = Act::Plugin {
        plugin: "notes".parse().unwrap(),
        change: toolbay_kernel::audit::PluginChange::Installed {
            version: "1.0.0".into(),
            digest: "ab".into(),
        },
    };
    store.append(&Event::of_host(&Actor::host(), plugin)).await.unwrap();
    assert_eq!(store.remove_audit_content(Duration::ZERO, &operator()).await.unwrap(), 0, "none has a leaf");
    let before = store.audit_checkpoint().await.unwrap().unwrap();
    grants(&store, 1).await;

    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(
        store.remove_audit_content(Duration::from_secs(60), &operator()).await.unwrap(),
        0,
        "none is old"
    );
    assert_eq!(store.remove_audit_content(Duration::ZERO, &operator()).await.unwrap(), 3);
    assert_eq!(store.remove_audit_content(Duration::ZERO, &operator()).await.unwrap(), 0, "it is gone");

    let kinds: Vec<_> = events(&store, everything()).await.iter().map(|event| event.act.kind()).collect();
    assert_eq!(kinds, ["audit", "grant", "plugin"], "what has no leaf stays, and what is needed");
    assert_eq!(number(&installation, "SELECT COUNT(*) FROM audit_events WHERE details = ''").await, 3);
    store.audit_checkpoint().await.unwrap();
    let told = verified(&store).await;
    assert_eq!((told.leaves, told.without_content, told.finding), (6, 3, None));

    // The leaf of such an event is proved as before, and the log goes on.
    let receipts = store.audit_receipts(AuditItem::Call(start.call.unwrap())).await.unwrap();
    let [(_, receipt)] = receipts.as_slice() else { panic!("{receipts:?}") };
    let key = store.audit_key().await.unwrap();
    assert_eq!(receipt.verify(&key).unwrap().event, None);
    assert!(store.audit_consistency(&before).await.unwrap().verify(&key).is_ok());
    assert_eq!(store.recorded_plugins().await.unwrap().len(), 1);
}
