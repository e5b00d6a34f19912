use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use toolbay_kernel::administration::{AdministrationStore as _, ConnectionKind, Workspace};
use toolbay_kernel::audit::Act;
use toolbay_kernel::jobs::{JobEnd, JobStore as _, NewJob};
use toolbay_kernel::ports::{AuditLog as _, Credentials as _, Grants as _};
use toolbay_kernel::run::Journal as _;
use toolbay_kernel::{Answer, CallId, CapabilityName, Code, PrincipalId};
use toolbay_store::{AuditQuery, AuditScope, KeySource, OpenError, Store, StoreSettings};

use crate::harness::{Installation, KEY, connect, installation, on_postgres, operator, recorded_at};

const OTHER_KEY: &str = "YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0=";

fn given(key: &str) -> KeySource {
    KeySource::Given(SecretString::from(key))
}

#[tokio::test]
async fn the_suite_runs_on_the_database_that_was_selected() {
    let installation = installation().await;
    let store = installation.open().await;
    store.check().await.unwrap();
    if on_postgres() {
        assert!(format!("{store:?}").contains("postgres"));
        assert!(installation.ask("SELECT version()").await.starts_with("PostgreSQL 1"));
    } else {
        assert!(format!("{store:?}").contains("sqlite"));
        // Older ones can corrupt a file that two processes write and check-point.
        let version = installation.ask("SELECT sqlite_version()").await;
        let numbers: Vec<u32> = version.split('.').map(|number| number.parse().unwrap()).collect();
        assert!(numbers >= vec![3, 51, 3], "{version}");
    }
}

async fn open_many(installation: &Installation) -> Vec<Arc<Store>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        tasks.spawn(Store::open(installation.settings.clone()));
    }
    tasks.join_all().await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_may_open_a_new_database_at_once() {
    let installation = installation().await;
    drop(open_many(&installation).await);
    // Again with tables but no key: creating tables makes the openers wait for each other, and would hide it here.
    installation.tamper("DELETE FROM data_keys").await.unwrap();
    let stores = open_many(&installation).await;
    // They have one data key: what each encrypts, each can decrypt.
    for (number, store) in stores.iter().enumerate() {
        let secret = SecretString::from(format!("ntn_{number}"));
        let id = connect(store, &format!("c{number}"), &secret, Workspace::default()).await.unwrap();
        for other in &stores {
            assert_eq!(other.credential(id).await.unwrap().unwrap().expose_secret(), secret.expose_secret());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_write_at_the_same_time_and_nothing_is_lost() {
    let installation = installation().await;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let store = installation.open().await;
        tasks.spawn(async move {
            for number in 0..25 {
                let plugin = format!("p{writer}-{number}").parse().unwrap();
                assert!(store.grant(&plugin, CapabilityName::STATE, &operator()).await.unwrap());
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(installation.open().await.grants().await.unwrap().len(), 100);
}

#[tokio::test]
async fn another_key_opens_nothing_and_changes_nothing() {
    let mut installation = installation().await;
    installation.settings.key = given(KEY);
    let id = {
        let store = installation.open().await;
        connect(&store, "team", &SecretString::from("ntn_team"), Workspace::default()).await.unwrap()
    };
    installation.settings.key = given(OTHER_KEY);
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::WrongKey { .. }), "{refusal}");
    installation.settings.key = given("c2hvcnQ=");
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::KeyMalformed), "{refusal}");
    installation.settings.key = KeySource::DataDir;
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    if on_postgres() {
        assert!(matches!(refusal, OpenError::KeyNeeded), "{refusal}");
    } else {
        assert!(matches!(refusal, OpenError::KeyFileMissing(_)), "{refusal}");
    }
    assert!(!installation.settings.data_dir.join("master.key").exists());

    installation.settings.key = given(KEY);
    let credential = installation.open().await.credential(id).await.unwrap().unwrap();
    assert_eq!(credential.expose_secret(), "ntn_team");
}

#[tokio::test]
async fn a_damaged_or_missing_data_key_is_never_replaced() {
    let installation = installation().await;
    {
        let store = installation.open().await;
        connect(&store, "team", &SecretString::from("ntn_team"), Workspace::default()).await.unwrap();
    }
    installation.tamper("UPDATE data_keys SET id = 2").await.unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::DataKeyDamaged(2)), "{refusal}");
    installation.tamper("UPDATE data_keys SET id = 1, state = 'demoted'").await.unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::NoActiveKey), "{refusal}");
    installation.tamper("DELETE FROM data_keys").await.unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::DataKeysMissing), "{refusal}");
    assert_eq!(installation.ask("SELECT CAST(COUNT(*) AS TEXT) FROM data_keys").await, "0");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_kept() {
    let installation = installation().await;
    drop(installation.open().await);
    installation
        .tamper(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
             SELECT 9999, 'from the future', installed_on, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await
        .unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::NewerSchema { found: 9999, known: 2.. }), "{refusal}");
    assert!(refusal.to_string().contains("newer Toolbay"));
    installation.tamper("DELETE FROM _sqlx_migrations WHERE version = 9999").await.unwrap();
    installation.open().await.check().await.unwrap();
}

/// An installation of the first version: its tables, and what another one stored with the same key.
#[tokio::test]
async fn what_the_first_version_stored_survives_the_migrations() {
    let mut current = installation().await;
    current.settings.key = given(KEY);
    let id = {
        let store = current.open().await;
        let workspace = Workspace { id: Some("w-1".into()), name: Some("Ada's team".into()) };
        connect(&store, "team", &SecretString::from("ntn_team"), workspace).await.unwrap()
    };
    let mut old = installation().await;
    old.settings.key = given(KEY);
    old.migrate_to(1).await;
    current.copy_rows(&old, "data_keys", &["id", "wrapped", "kek_id", "state", "created_at"]).await;
    let columns = ["id", "name", "workspace_id", "workspace_name", "credential", "created_at", "updated_at"];
    current.copy_rows(&old, "connections", &columns).await;

    let store = old.open().await;
    assert_eq!(store.credential(id).await.unwrap().unwrap().expose_secret(), "ntn_team");
    let rows = store.all_connections().await.unwrap();
    assert_eq!((rows.len(), rows[0].connection.name.as_str(), rows[0].broken_at), (1, "team", None));
    assert_eq!(rows[0].kind, ConnectionKind::Token);
    store.grant(&"notes".parse().unwrap(), CapabilityName::STATE, &operator()).await.unwrap();
}

/// An installation of the version before runs: its unfinished job goes on, and its audit is kept as events.
#[tokio::test]
async fn what_the_version_before_runs_stored_goes_on() {
    let mut current = installation().await;
    current.settings.key = given(KEY);
    // There were no traces.
    let job = NewJob { trace: None, ..crate::jobs::job_of(PrincipalId::new()) };
    let answer = json!({"status": 200, "body": {"id": "p1"}});
    {
        let store = current.open().await;
        assert!(store.add(&job, 10).await.unwrap());
        let lease = store.claim(Duration::from_secs(60), 10).await.unwrap().unwrap().lease;
        let entries = [crate::jobs::entry("0", Some(answer.clone())), crate::jobs::entry("1", None)];
        assert!(store.record(lease, &entries).await.unwrap());
    }
    let mut old = installation().await;
    old.settings.key = given(KEY);
    old.migrate_to(4).await;
    current.copy_rows(&old, "data_keys", &["id", "wrapped", "kek_id", "state", "created_at"]).await;
    let columns = [
        "id",
        "principal_id",
        "allowance",
        "started_by",
        "tool",
        "connection_id",
        "arguments",
        "status",
        "fence",
        "attempts",
        "lease_until",
        "cancel_requested",
        "created_at",
    ];
    current.copy_row("runs", &columns, &old, "jobs", &columns).await;
    for position in ["0", "1"] {
        let from = format!("journal WHERE position = '{position}'");
        let entry = ["run_id", "position", "digest", "outcome", "sent_at"];
        let names = ["job_id", "position", "digest", "outcome", "sent_at"];
        current.copy_row(&from, &entry, &old, "journal", &names).await;
    }
    let [open, ended] = [CallId::new(), CallId::new()];
    let row = |call: CallId, seq: u32, end: &str| {
        format!(
            "INSERT INTO audit_log (call_id, parent_id, principal_id, principal_name, surface, tool, provider, effect, \
             connection_id, arguments_digest, started_at, seq, ended_at, code, summary, touched, effects, duration_ms) \
             VALUES ('{call}', NULL, '{}', 'Ada', 'rest', 'upsert', 'rows', 'writes', NULL, 'ab', 1000, {seq}, {end})",
            job.principal
        )
    };
    old.tamper(&row(open, 1, "NULL, NULL, NULL, NULL, NULL, NULL")).await.unwrap();
    let end = "2000, 'outcome_unknown', 'upsert: outcome_unknown', '[\"p1\"]', 3, 7";
    old.tamper(&row(ended, 2, end)).await.unwrap();
    // Whoever ran it is gone.
    old.tamper("UPDATE jobs SET lease_until = 0").await.unwrap();

    let store = old.open().await;
    let claimed = store.claim(Duration::from_secs(60), 10).await.unwrap().unwrap();
    assert_eq!((claimed.job, claimed.lease.fence), (job.clone(), 2));
    let known = store.recorded(job.id.into()).await.unwrap();
    assert_eq!(known.len(), 2);
    assert!(known["1"].open_since.is_some(), "what was sent and not answered is still to be looked for");
    assert_eq!(recorded_at(&store, job.id.into(), "0").await.unwrap(), Some(Ok(answer)));
    let done = JobEnd::Succeeded(Answer::data(json!({"done": true})));
    assert!(store.finish(claimed.lease, &done).await.unwrap());
    assert_eq!(store.job(job.id, job.principal).await.unwrap().unwrap().end, Some(done));

    let mut events = store.audit(AuditQuery::newest(AuditScope::Everything, 10)).await.unwrap();
    events.reverse();
    let kinds: Vec<_> = events.iter().map(|known| (known.event.call, known.event.act.kind())).collect();
    let expected = [(Some(open), "call.started"), (Some(ended), "call.started"), (Some(ended), "call.ended")];
    assert_eq!(kinds, expected);
    let Act::CallEnded(end) = &events[2].event.act else { panic!("{events:?}") };
    assert_eq!(end.code, Some(Code::OutcomeUnknown));
    assert_eq!((end.touched.as_slice(), end.effects, end.duration_ms), (["p1".to_owned()].as_slice(), 3, 7));
}

#[tokio::test]
async fn a_schema_of_another_build_is_refused() {
    let installation = installation().await;
    drop(installation.open().await);
    let other = if on_postgres() { "'\\x00'::bytea" } else { "x'00'" };
    installation.tamper(&format!("UPDATE _sqlx_migrations SET checksum = {other}")).await.unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::OtherSchema(1)), "{refusal}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://toolbay:hunter2@127.0.0.1:1/toolbay";
    let keyless = StoreSettings::new(url, folder.path(), KeySource::DataDir);
    let refusal = Store::open(keyless).await.unwrap_err();
    assert!(matches!(refusal, OpenError::KeyNeeded));
    assert!(refusal.to_string().contains("openssl rand -base64 32"));
    let settings = StoreSettings::new(url, folder.path(), given(KEY));
    assert!(!format!("{settings:?}").contains("hunter2"));
    let refusal = Store::open(settings).await.unwrap_err();
    assert!(matches!(refusal, OpenError::Connect(_)));
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_call_that_cannot_be_audited_is_an_error_not_a_silence() {
    let installation = installation().await;
    let store = installation.open().await;
    let event = crate::audit::started("create_page", PrincipalId::new());
    installation.tamper("ALTER TABLE audit_events RENAME TO audit_events_away").await.unwrap();
    assert!(store.append(&event).await.is_err());
    installation.tamper("ALTER TABLE audit_events_away RENAME TO audit_events").await.unwrap();
    store.append(&event).await.unwrap();
}
