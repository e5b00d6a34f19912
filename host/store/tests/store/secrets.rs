//! Known secrets go through every flow, and must then be nowhere: not in the database, the log, an error or a Debug text.

use std::io;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::administration::Workspace;
use toolbay_kernel::ports::{Connections as _, Credentials as _, Principals as _};
use toolbay_kernel::principal::Allowed;
use toolbay_store::{Environment, KeySource, Store};
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{Installation, KEY, administration, connect, installation, on_postgres, operator};
use crate::keys::NEXT_KEY;
use crate::postgres_server;
use crate::tokens::token;

const ACTION: &str = "canary-action-token-0123456789";
const NOTION: &str = "ntn_canaryEnvironment0123456789";
const CREDENTIAL: &str = "ntn_canaryConnection0123456789";
const WORKSPACE: &str = "a workspace's name, which is no secret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn known_secrets_are_nowhere() {
    let log = Log::default();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).init();
    let mut texts = String::new();
    let mut installation = installation().await;
    installation.settings.key = KeySource::Given(SecretString::from(KEY));
    installation.settings.new_key = Some(SecretString::from(NEXT_KEY));
    installation.settings.environment = Environment {
        action_api_token: Some(SecretString::from(ACTION)),
        notion_token: Some(SecretString::from(NOTION)),
    };
    let store = Store::open_serving(installation.settings.clone()).await.unwrap();

    let (made, row) = administration(&store).create_token(token("canary"), &operator()).await.unwrap();
    let (revoked, revoked_row) =
        administration(&store).create_token(token("revoked"), &operator()).await.unwrap();
    administration(&store).revoke_token(revoked_row.id, &operator()).await.unwrap();
    let workspace = Workspace { id: None, name: Some(WORKSPACE.to_owned()) };
    let credential = SecretString::from(CREDENTIAL);
    let id = connect(&store, "canary", &credential, workspace.clone()).await.unwrap();
    for token in [ACTION, NOTION, CREDENTIAL, made.expose_secret(), revoked.expose_secret()] {
        texts += &format!("{:?}", store.authenticate(&SecretString::from(token)).await);
    }
    texts += &format!("{:?} {:?}", store.credential(id).await, store.page(&Allowed::All, None, 100).await);
    texts += &format!("{row:?} {store:?} {:?}", installation.settings);
    let keys = crate::keys::keys(&store);
    let new = keys.add(&operator()).await.unwrap();
    texts += &format!("{:?} {:?}", keys.promote(new, &operator()).await, keys.retire(1, &operator()).await);
    texts += &format!("{:?} {:?}", keys.reencrypt(&operator(), &|_, _| {}).await, keys.verify(&|_| {}).await);
    texts += &format!("{:?} {:?}", keys.retire(1, &operator()).await, keys.rewrap(&operator()).await);
    texts += &format!("{:?}", keys.status().await);
    // Failures speak as well.
    texts += &format!("{:?}", connect(&store, "canary", &credential, workspace).await);
    let broken = SecretString::from(format!("{CREDENTIAL} {CREDENTIAL}"));
    texts += &format!("{:?}", connect(&store, "broken", &broken, Workspace::default()).await);
    installation.tamper("UPDATE connections SET id = '00000000-0000-0000-0000-000000000001'").await.unwrap();
    let moved = "00000000-0000-0000-0000-000000000001".parse().unwrap();
    texts += &format!("{:?}", store.credential(moved).await.unwrap_err());
    let mut other = installation.settings.clone();
    other.key = KeySource::Given(SecretString::from(KEY.replace('a', "b")));
    other.new_key = None;
    texts += &format!("{:?}", Store::open(other).await.unwrap_err());

    let stored = everything_stored(&installation);
    let log = log.0.lock().clone();
    // The search finds what is there.
    assert!(contains(&stored, WORKSPACE.as_bytes()));
    assert!(contains(&log, b"FROM connections"));
    assert!(
        texts.contains(WORKSPACE)
            && texts.contains("NameTaken")
            && texts.contains("WrongKey")
            && texts.contains("KeyInUse"),
        "{texts}"
    );

    let secrets = [ACTION, NOTION, CREDENTIAL, KEY, NEXT_KEY, made.expose_secret(), revoked.expose_secret()];
    let password = on_postgres().then_some(postgres_server::PASSWORD);
    for secret in secrets.into_iter().chain(password) {
        for form in forms(secret) {
            assert!(!contains(&stored, &form), "{secret} is in the database");
            assert!(!contains(&log, &form), "{secret} is in the log");
            assert!(!contains(texts.as_bytes(), &form), "{secret} is in an error or Debug text");
        }
    }
}

/// A secret as text, in hex and in base64; of the key also its bytes.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let base64 = base64::engine::general_purpose::STANDARD;
    // The last characters depend on what follows.
    let encoded = base64.encode(secret).trim_end_matches('=').as_bytes().to_vec();
    let mut forms = vec![secret.into(), hex::encode(secret).into(), encoded[..encoded.len() - 1].to_vec()];
    if [KEY, NEXT_KEY].contains(&secret) {
        let bytes = base64.decode(secret).unwrap();
        forms.extend([hex::encode(&bytes).into_bytes(), bytes]);
    }
    forms
}

/// The database with everything that lies beside it.
fn everything_stored(installation: &Installation) -> Vec<u8> {
    if on_postgres() {
        let dump = Command::new(postgres_server::programs().join("pg_dump"))
            .arg(&installation.settings.database_url)
            .output()
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        return dump.stdout;
    }
    let files = std::fs::read_dir(&installation.settings.data_dir).unwrap();
    let mut bytes = Vec::new();
    let mut names = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        bytes.extend(std::fs::read(&path).unwrap());
        names.push(path.file_name().unwrap().to_owned());
    }
    assert!(names.iter().any(|name| name == "toolbay.db-wal"), "{names:?}");
    bytes
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
