//! The life of keys, one step after the other. What happens beside them is in `rotations`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use toolbay_kernel::administration::{
    KeyState, KeyStatus, KeyStore as _, Keys, Reencryption, Refused, Rewrap, Workspace,
};
use toolbay_kernel::audit::{Act, KeyChange};
use toolbay_kernel::connecting::ConnectingStore as _;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::jobs::{JobEnd, JobStore as _};
use toolbay_kernel::ports::Credentials as _;
use toolbay_kernel::run::{Entry, Journal as _, Write};
use toolbay_kernel::{Answer, ConnectionId, PrincipalId, System};
use toolbay_store::{AuditQuery, AuditScope, KeySource, OpenError, Store};

use crate::connecting::{authorized, digest, ours, pending};
use crate::harness::{
    Installation, KEY, connect, installation, on_postgres, operator, recorded_at, sqlite_installation, store,
};
use crate::jobs::{entry, job_of};

const MINUTE: Duration = Duration::from_secs(60);

/// Another master key, in base64.
pub(crate) const NEXT_KEY: &str = "bmV4dC1jYW5hcmllLWtleS1uZXh0LWNhbmFyaWUta2U=";

pub(crate) fn keys(store: &Arc<Store>) -> Keys {
    Keys::new(Arc::clone(store) as _)
}

fn silent(_: u64, _: u64) {}

async fn reencrypt(store: &Arc<Store>) -> Reencryption {
    keys(store).reencrypt(&operator(), &silent).await.unwrap()
}

/// State and values of each key.
async fn status(store: &Arc<Store>) -> Vec<(u32, KeyState, u64)> {
    let shown = |status: KeyStatus| (status.key.id, status.key.state, status.values);
    keys(store).status().await.unwrap().into_iter().map(shown).collect()
}

async fn credential(store: &Store, id: ConnectionId) -> String {
    store.credential(id).await.unwrap().unwrap().expose_secret().to_owned()
}

async fn add_connection(store: &Arc<Store>, name: &str) -> ConnectionId {
    let secret = SecretString::from(format!("ntn_{name}"));
    connect(store, name, &secret, Workspace::default()).await.unwrap()
}

/// Replaces the active key by a new one.
async fn promote_new(store: &Arc<Store>) -> u32 {
    let key = keys(store).add(&operator()).await.unwrap();
    keys(store).promote(key, &operator()).await.unwrap();
    key
}

/// An entry of a write, which holds a request and an outcome.
fn written(position: &str) -> Entry {
    let name = WriteName { method: "PATCH".into(), route: "/v1/pages/{page_id}".into(), target: "p".into() };
    Entry {
        write: Some(Write { name, request: json!({"of": position}) }),
        ..entry(position, Some(json!({"answer": position})))
    }
}

/// A value in every sealed column, and what each was.
struct Everything {
    connection: ConnectionId,
    job: toolbay_kernel::jobs::NewJob,
    ended: toolbay_kernel::jobs::NewJob,
    principal: PrincipalId,
}

/// How many values [`Everything`] has: two credentials, a request of an authorization, arguments of two jobs, an outcome of one,
/// and of two entries the outcome and the request.
const VALUES: u64 = 10;

impl Everything {
    async fn store(store: &Store) -> Self {
        let principal = PrincipalId::new();
        let connection =
            store.adopt(&System::Notion, &authorized("a", 1), &operator(), None).await.unwrap().id;
        assert!(store.begin(digest(1), &pending(principal), MINUTE, 5).await.unwrap());
        let (ended, job) = (job_of(principal), job_of(principal));
        assert!(store.add(&ended, 10).await.unwrap());
        let lease = store.claim(MINUTE, 10).await.unwrap().unwrap().lease;
        assert!(store.record(lease, &[written("0"), written("10.1")]).await.unwrap());
        assert!(store.finish(lease, &JobEnd::Succeeded(Answer::data(json!({"end": 1})))).await.unwrap());
        assert!(store.add(&job, 10).await.unwrap());
        Self { connection, job, ended, principal }
    }

    /// Reads each of them.
    async fn check(&self, store: &Store) {
        assert_eq!(credential(store, self.connection).await, "ntn_a_1");
        let lease = ours(store.turn(self.connection, MINUTE).await.unwrap());
        assert_eq!(lease.refresh_credential.expose_secret(), "nrt_a_1");
        let unchanged = toolbay_kernel::connecting::Unrenewed::Unchanged;
        store.unrenewed(self.connection, &lease, unchanged).await.unwrap();
        let told = store.job(self.ended.id, self.principal).await.unwrap().unwrap();
        assert_eq!(told.end, Some(JobEnd::Succeeded(Answer::data(json!({"end": 1})))));
        let run = self.ended.id.into();
        assert_eq!(recorded_at(store, run, "10.1").await.unwrap(), Some(Ok(json!({"answer": "10.1"}))));
        assert_eq!(store.writes(run, None, 10).await.unwrap().len(), 2);
        let claimed = store.claim(MINUTE, 10).await.unwrap().unwrap();
        assert_eq!(claimed.job, self.job);
        store.release(claimed.lease).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_comes_encrypts_is_replaced_and_goes() {
    let (store, installation) = store().await;
    let everything = Everything::store(&store).await;
    assert_eq!(status(&store).await, [(1, KeyState::Active, VALUES)]);

    assert_eq!(keys(&store).add(&operator()).await.unwrap(), 2);
    assert_eq!(status(&store).await, [(1, KeyState::Active, VALUES), (2, KeyState::Pending, 0)]);
    keys(&store).promote(2, &operator()).await.unwrap();
    everything.check(&store).await;
    add_connection(&store, "later").await;
    assert_eq!(status(&store).await, [(1, KeyState::Demoted, VALUES), (2, KeyState::Active, 1)]);

    assert_eq!(keys(&store).to_reencrypt().await.unwrap(), VALUES);
    assert_eq!(status(&store).await[0].2, VALUES, "looking moves nothing");
    let done = reencrypt(&store).await;
    assert_eq!((done.found, done.moved, done.busy, done.unreadable), (VALUES, VALUES, 0, 0));
    assert_eq!(status(&store).await, [(1, KeyState::Demoted, 0), (2, KeyState::Active, VALUES + 1)]);
    assert_eq!(reencrypt(&store).await, Reencryption::default());
    everything.check(&store).await;

    keys(&store).retire(1, &operator()).await.unwrap();
    assert_eq!(status(&store).await, [(1, KeyState::Retired, 0), (2, KeyState::Active, VALUES + 1)]);
    let gone = "SELECT CAST(COUNT(*) AS TEXT) FROM data_keys WHERE wrapped IS NULL AND state = 'retired'";
    assert_eq!(installation.ask(gone).await, "1", "the wrapped key is gone");
    everything.check(&store).await;
    let fresh = installation.open().await;
    everything.check(&fresh).await;
    assert_eq!(fresh.take(digest(1)).await.unwrap(), Some(pending(everything.principal)));
    let verified = keys(&fresh).verify(&|_| {}).await.unwrap();
    assert_eq!((verified.values, verified.unreadable), ([(2, VALUES)].into(), BTreeMap::new()));
    assert_eq!(keys(&store).add(&operator()).await.unwrap(), 3, "an id never comes back");

    let mut events = store.audit(AuditQuery::newest(AuditScope::Everything, 100)).await.unwrap();
    events.reverse();
    let about_keys: Vec<_> = events
        .into_iter()
        .filter_map(|recorded| match recorded.event.act {
            Act::Key { key, change } => {
                assert_eq!(recorded.event.by, operator());
                Some((key, change))
            }
            _ => None,
        })
        .collect();
    let expected = [
        (Some(2), KeyChange::Added),
        (Some(2), KeyChange::Promoted { demoted: 1 }),
        (None, KeyChange::ReencryptionStarted { values: VALUES }),
        (None, KeyChange::ReencryptionEnded { moved: VALUES }),
        (Some(1), KeyChange::Retired),
        (Some(3), KeyChange::Added),
    ];
    assert_eq!(about_keys, expected);
}

#[tokio::test]
async fn what_would_lose_something_is_refused() {
    let (store, _installation) = store().await;
    add_connection(&store, "one").await;
    add_connection(&store, "other").await;
    let retired = async |key| keys(&store).retire(key, &operator()).await;
    let promoted = async |key| keys(&store).promote(key, &operator()).await;
    assert!(matches!(retired(1).await, Err(Refused::ActiveKey(1))));
    assert!(matches!(retired(2).await, Err(Refused::NoSuchKey(2))));
    assert!(matches!(promoted(2).await, Err(Refused::NoSuchKey(2))));
    assert!(matches!(promoted(1).await, Err(Refused::ActiveAlready(1))));
    promote_new(&store).await;
    let refusal = retired(1).await.unwrap_err();
    assert!(matches!(refusal, Refused::KeyInUse { key: 1, values: 2 }));
    let told = refusal.to_string();
    assert!(told.contains("2 values") && told.contains("toolbay keys reencrypt"), "{told}");

    // One that was demoted may come back, and one that encrypted nothing may go.
    promoted(1).await.unwrap();
    assert_eq!(status(&store).await, [(1, KeyState::Active, 2), (2, KeyState::Demoted, 0)]);
    retired(2).await.unwrap();
    assert!(matches!(retired(2).await, Err(Refused::RetiredKey(2))));
    assert!(matches!(promoted(2).await, Err(Refused::RetiredKey(2))));
    assert_eq!(reencrypt(&store).await, Reencryption::default());
}

#[tokio::test]
async fn a_key_that_was_promoted_while_its_values_were_counted_stays() {
    let (store, _installation) = store().await;
    promote_new(&store).await;
    let seen = store.keys().await.unwrap().into_iter().find(|key| key.id == 1).unwrap();
    keys(&store).promote(1, &operator()).await.unwrap();
    let id = add_connection(&store, "meanwhile").await;
    assert!(!store.retire_key(&seen, &operator()).await.unwrap(), "it encrypts");
    keys(&store).promote(2, &operator()).await.unwrap();
    assert!(!store.retire_key(&seen, &operator()).await.unwrap(), "it has encrypted in between");
    assert_eq!(credential(&store, id).await, "ntn_meanwhile");
}

#[tokio::test]
async fn another_process_learns_by_what_it_reads_and_writes() {
    let (store, installation) = store().await;
    let beside = installation.open().await;
    let old = add_connection(&store, "old").await;
    promote_new(&store).await;
    let new = add_connection(&store, "new").await;
    assert_eq!(credential(&beside, new).await, "ntn_new", "a key that it didn't know");
    promote_new(&store).await;
    let written = add_connection(&beside, "beside").await;
    assert_eq!(
        status(&store).await[2],
        (3, KeyState::Active, 1),
        "it writes under the key that is active by now"
    );

    reencrypt(&store).await;
    for key in [1, 2] {
        keys(&store).retire(key, &operator()).await.unwrap();
    }
    for (id, secret) in [(old, "ntn_old"), (new, "ntn_new"), (written, "ntn_beside")] {
        assert_eq!(credential(&beside, id).await, secret);
    }
    // A lease and a claim decrypt in the transaction that takes them.
    let adopted = store.adopt(&System::Notion, &authorized("a", 1), &operator(), None).await.unwrap().id;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    promote_new(&store).await;
    reencrypt(&store).await;
    assert_eq!(ours(beside.turn(adopted, MINUTE).await.unwrap()).credential.expose_secret(), "ntn_a_1");
    promote_new(&store).await;
    reencrypt(&store).await;
    assert_eq!(beside.claim(MINUTE, 10).await.unwrap().unwrap().job, job);
}

#[tokio::test]
async fn what_can_not_be_decrypted_is_counted_and_left_alone() {
    let (store, installation) = store().await;
    let good = add_connection(&store, "good").await;
    add_connection(&store, "moved").await;
    installation
        .tamper(
            "UPDATE connections SET credential = (SELECT credential FROM connections WHERE name = 'good') \
             WHERE name = 'moved'",
        )
        .await
        .unwrap();
    let verified = keys(&store).verify(&|_| {}).await.unwrap();
    assert_eq!(verified.values, [(1, 1)].into());
    assert_eq!(verified.unreadable, [("connections.credential", 1)].into());
    promote_new(&store).await;
    let done = reencrypt(&store).await;
    assert_eq!((done.found, done.moved, done.unreadable), (2, 1, 1));
    assert!(matches!(
        keys(&store).retire(1, &operator()).await,
        Err(Refused::KeyInUse { key: 1, values: 1 })
    ));
    assert_eq!(credential(&store, good).await, "ntn_good");
    // A key that there never was is looked for, once.
    let unknown = if on_postgres() {
        "overlay(credential placing '\\x63'::bytea from 6 for 1)"
    } else {
        "CAST(substr(credential, 1, 5) || x'63' || substr(credential, 7) AS BLOB)"
    };
    installation.tamper(&format!("UPDATE connections SET credential = {unknown}")).await.unwrap();
    let refusal = store.credential(good).await.unwrap_err().to_string();
    assert!(refusal.contains("data key 99, which isn't there"), "{refusal}");
}

/// Of a thousand steps in any order each does what it says, and no value is lost.
#[test]
fn any_order_of_steps_is_safe() {
    #[derive(Debug, Clone)]
    enum Step {
        Add,
        Promote(u32),
        Reencrypt,
        Retire(u32),
        Write,
    }
    let step = prop_oneof![
        2 => Just(Step::Add),
        3 => (1_u32..6).prop_map(Step::Promote),
        2 => Just(Step::Reencrypt),
        3 => (1_u32..6).prop_map(Step::Retire),
        3 => Just(Step::Write),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() });
    let steps = prop::collection::vec((step, prop::sample::select(vec![0_usize, 1])), 1..25);
    let checked = runner.run(&steps, |steps| {
        runtime.block_on(async {
            let (first, installation) = store().await;
            let stores = [first, installation.open().await];
            // By key: its state, and the values under it.
            let mut model: BTreeMap<u32, (KeyState, u64)> = [(1, (KeyState::Active, 0))].into();
            let mut written = Vec::new();
            for (number, (step, which)) in steps.into_iter().enumerate() {
                let store = &stores[which];
                match step {
                    Step::Add => {
                        let key = keys(store).add(&operator()).await.unwrap();
                        assert!(model.insert(key, (KeyState::Pending, 0)).is_none());
                    }
                    Step::Promote(key) => {
                        let done = keys(store).promote(key, &operator()).await.is_ok();
                        let state = model.get(&key).map(|(state, _)| *state);
                        let may = matches!(state, Some(KeyState::Pending | KeyState::Demoted));
                        assert_eq!(done, may);
                        if may {
                            let active = model.values_mut().find(|(state, _)| *state == KeyState::Active);
                            active.unwrap().0 = KeyState::Demoted;
                            model.get_mut(&key).unwrap().0 = KeyState::Active;
                        }
                    }
                    Step::Reencrypt => {
                        reencrypt(store).await;
                        let all = model.values_mut().map(|(_, values)| std::mem::take(values)).sum();
                        model.values_mut().find(|(state, _)| *state == KeyState::Active).unwrap().1 = all;
                    }
                    Step::Retire(key) => {
                        let done = keys(store).retire(key, &operator()).await.is_ok();
                        let may = matches!(model.get(&key), Some((KeyState::Pending | KeyState::Demoted, 0)));
                        assert_eq!(done, may);
                        if may {
                            model.get_mut(&key).unwrap().0 = KeyState::Retired;
                        }
                    }
                    Step::Write => {
                        written.push((add_connection(store, &format!("c{number}")).await, number));
                        model.values_mut().find(|(state, _)| *state == KeyState::Active).unwrap().1 += 1;
                    }
                }
                for (id, number) in &written {
                    assert_eq!(credential(&stores[1 - which], *id).await, format!("ntn_c{number}"));
                }
            }
            let expected: Vec<_> =
                model.into_iter().map(|(key, (state, values))| (key, state, values)).collect();
            assert_eq!(status(&stores[0]).await, expected);
        });
        Ok(())
    });
    checked.unwrap();
}

fn given(key: &str) -> KeySource {
    KeySource::Given(SecretString::from(key))
}

async fn rewrap(store: &Arc<Store>) -> Result<Rewrap, Refused> {
    keys(store).rewrap(&operator()).await
}

#[tokio::test]
async fn another_master_key_wraps_all_data_keys() {
    let mut installation = installation().await;
    installation.settings.key = given(KEY);
    let old = installation.open().await;
    let id = add_connection(&old, "team").await;
    assert!(matches!(rewrap(&old).await, Err(Refused::NoNewMasterKey)));
    installation.settings.new_key = Some(SecretString::from(KEY));
    assert!(matches!(rewrap(&installation.open().await).await, Err(Refused::SameMasterKey)));
    promote_new(&old).await;

    installation.settings.new_key = Some(SecretString::from(NEXT_KEY));
    let both = installation.open().await;
    let Rewrap::Done { keys: wrapped, master, former } = rewrap(&both).await.unwrap() else { panic!() };
    assert_eq!((wrapped, former), (2, None));
    assert!(store_masters(&both).await.iter().all(|wrapped_by| *wrapped_by == master));
    assert!(matches!(rewrap(&both).await, Err(Refused::SameMasterKey)));
    installation.settings.new_key = None;
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(&refusal, OpenError::WrongKey { database, .. } if *database == master), "{refusal}");
    installation.settings.key = given(NEXT_KEY);
    assert_eq!(credential(&*installation.open().await, id).await, "ntn_team");

    // A host that has both goes on; one that has the former alone, as long as it meets no other data key.
    assert_eq!(credential(&old, id).await, "ntn_team");
    promote_new(&installation.open().await).await;
    let later = add_connection(&both, "later").await;
    assert_eq!(credential(&both, later).await, "ntn_later");
    let refusal = old.credential(later).await.unwrap_err().to_string();
    assert!(refusal.contains("the encryption key is not the one of this database"), "{refusal}");
    let added = keys(&both).add(&operator()).await.unwrap();
    assert_eq!(added, 4);
    assert!(store_masters(&both).await.iter().all(|wrapped_by| *wrapped_by == master));
}

async fn store_masters(store: &Store) -> Vec<String> {
    store.keys().await.unwrap().into_iter().map(|key| key.master).collect()
}

fn key_files(installation: &Installation) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(&installation.settings.data_dir).unwrap().map(|entry| entry.unwrap());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), file.path()));
    let ours = named.filter(|(name, _)| name.starts_with("master.key") && !name.ends_with(".lock"));
    ours.map(|(name, path)| (name, std::fs::read_to_string(path).unwrap())).collect()
}

#[tokio::test]
async fn the_key_in_the_data_folder_is_replaced_and_kept() {
    let installation = sqlite_installation();
    let host = Store::open_serving(installation.settings.clone()).await.unwrap();
    let id = add_connection(&host, "team").await;
    let former = key_files(&installation)["master.key"].clone();
    let command = installation.open().await;
    let Rewrap::Done { former: Some(kept), .. } = rewrap(&command).await.unwrap() else { panic!() };
    let files = key_files(&installation);
    assert_ne!(files["master.key"], former);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), former);
    assert_eq!(files.len(), 2, "{:?}", files.keys());

    promote_new(&command).await;
    let later = add_connection(&command, "later").await;
    assert_eq!(credential(&host, later).await, "ntn_later", "a host at work finds the key that is there now");
    assert_eq!(credential(&*installation.open().await, id).await, "ntn_team");
    rewrap(&command).await.unwrap();
    assert_eq!(key_files(&installation).len(), 3, "none is overwritten");
    assert_eq!(credential(&*installation.open().await, id).await, "ntn_team");
}

#[tokio::test]
async fn a_master_key_that_was_being_replaced_is_found_at_the_next_start() {
    let installation = sqlite_installation();
    let id = add_connection(&installation.open().await, "team").await;
    let folder = &installation.settings.data_dir;
    let former = key_files(&installation)["master.key"].clone();
    // Ended before the database had taken the next key: the former one is still the one.
    std::fs::copy(folder.join("master.key"), folder.join("aside")).unwrap();
    let next = {
        let other = sqlite_installation();
        drop(other.open().await);
        key_files(&other)["master.key"].clone()
    };
    std::fs::rename(folder.join("aside"), folder.join("master.key.next")).unwrap();
    std::fs::write(folder.join("master.key.next"), &next).unwrap();
    let store = installation.open().await;
    assert_eq!(credential(&store, id).await, "ntn_team");
    assert_eq!(key_files(&installation)["master.key"], former);
    rewrap(&store).await.unwrap();
    assert_eq!(key_files(&installation)["master.key"], next, "it is as good as a new one");

    // Ended after it: the next start puts it in its place.
    std::fs::rename(folder.join("master.key"), folder.join("master.key.next")).unwrap();
    let files = key_files(&installation);
    let kept = files.iter().find(|(_, text)| **text == former).unwrap().0;
    std::fs::copy(folder.join(kept), folder.join("master.key")).unwrap();
    assert_eq!(credential(&*installation.open().await, id).await, "ntn_team");
    let files = key_files(&installation);
    assert_eq!(files["master.key"], next);
    assert!(!files.contains_key("master.key.next") && files.values().any(|text| *text == former));
}

/// The list of sealed columns is compared with the tables of SQLite.
#[tokio::test]
async fn both_databases_have_the_same_columns_of_bytes() {
    let installation = installation().await;
    drop(installation.open().await);
    let sqlite = sqlite_installation();
    drop(sqlite.open().await);
    let of_sqlite = sqlite
        .ask(
            "SELECT group_concat(name, ' ') FROM (SELECT tables.name || '.' || columns.name AS name \
             FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND columns.type = 'BLOB' ORDER BY 1)",
        )
        .await;
    let of_postgres = "SELECT string_agg(table_name || '.' || column_name, ' ' \
                       ORDER BY table_name || '.' || column_name COLLATE \"C\") \
                       FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'";
    if on_postgres() {
        assert_eq!(installation.ask(of_postgres).await, of_sqlite);
    }
    assert!(of_sqlite.contains("connections.credential"), "{of_sqlite}");
}

/// What a value was, for whoever needs one that is larger than a batch.
pub(crate) fn large() -> Value {
    json!("x".repeat(700 * 1024))
}
