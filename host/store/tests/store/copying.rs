//! A file that is copied into PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use toolbay_kernel::administration::Workspace;
use toolbay_kernel::ports::{Credentials as _, PluginState as _, Principals as _};
use toolbay_kernel::upstream::{UpstreamTool, UpstreamTools as _};
use toolbay_store::{CopyError, KeySource, Sequencer, Store};

use crate::audit::{events, everything};
use crate::audit_log::{grants, verified};
use crate::harness::{
    Installation, KEY, administration, connect, installation, on_postgres, operator, sqlite_installation,
};
use crate::tokens::token;

/// A file whose key is given, and where it is.
fn file() -> (Installation, PathBuf) {
    let mut file = sqlite_installation();
    file.settings.key = KeySource::Given(SecretString::from(KEY));
    let path = file.settings.data_dir.join("toolbay.db");
    (file, path)
}

#[tokio::test]
async fn everything_of_a_file_is_in_postgresql_afterwards() {
    let (file, path) = file();
    let store = file.open().await;
    let secret = SecretString::from("ntn_copied");
    let connection = connect(&store, "team", &secret, Workspace::default()).await.unwrap();
    let (bearer, row) = administration(&store).create_token(token("Ada"), &operator()).await.unwrap();
    let odd = json!("a\\b\tc\nd\r\u{0}\\N \u{1F600}");
    let notes = "notes".parse().unwrap();
    assert!(store.put(&notes, connection, "k", &odd, 10).await.unwrap());
    let server = "files".parse().unwrap();
    let tool = UpstreamTool { name: "read\0".to_owned(), definition: json!({"description": "\\."}) };
    store.saw(&server, &[tool]).await.unwrap();
    grants(&store, 20).await;
    Sequencer::new(Arc::clone(&store)).pass().await.unwrap();
    let before = events(&store, everything()).await;
    drop(store);

    let target = installation().await;
    let copied = Store::copy(&target.settings, &path, |_| {}).await;
    if !on_postgres() {
        // A file is copied by `backup`.
        assert!(matches!(copied, Err(CopyError::NotAServer)));
        return;
    }
    let copied = copied.unwrap();
    let rows = |name: &str| copied.iter().find(|table| table.name == name).map(|table| table.rows);
    assert_eq!((rows("connections"), rows("api_tokens"), rows("plugin_state")), (Some(1), Some(1), Some(1)));

    let store = target.open().await;
    assert_eq!(events(&store, everything()).await, before);
    assert_eq!(store.credential(connection).await.unwrap().unwrap().expose_secret(), "ntn_copied");
    assert_eq!(store.authenticate(&bearer).await.unwrap().unwrap().id, row.id);
    assert_eq!(store.get(&notes, connection, "k").await.unwrap(), Some(odd));
    assert_eq!(store.known(&server).await.unwrap()[0].name, "read\0");
    // The log goes on, with numbers that nothing has yet.
    grants(&store, 3).await;
    assert_eq!(Sequencer::new(Arc::clone(&store)).pass().await.unwrap(), 3);
    assert_eq!(verified(&store).await.finding, None);
    assert_eq!(events(&store, everything()).await.len(), before.len() + 3);
    drop(store);

    let again = Store::copy(&target.settings, &path, |_| {}).await;
    assert!(matches!(again, Err(CopyError::NotEmpty(_))), "{again:?}");
}

#[tokio::test]
async fn what_cant_be_copied_leaves_the_server_empty() {
    if !on_postgres() {
        return;
    }
    let target = installation().await;
    let copy = async |path: &PathBuf| Store::copy(&target.settings, path, |_| {}).await;
    let (served, path) = file();
    let serving = Store::open_serving(served.settings.clone()).await.unwrap();
    assert!(matches!(copy(&path).await, Err(CopyError::Served(_))));
    drop(serving);

    let (old, old_path) = file();
    old.migrate_to(5).await;
    assert!(matches!(copy(&old_path).await, Err(CopyError::Behind(_))));

    let (mut other, other_path) = file();
    other.settings.key = KeySource::Given(SecretString::from("b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="));
    drop(other.open().await);
    assert!(matches!(copy(&other_path).await, Err(CopyError::Unusable { .. })), "another key");

    let text = served.folder().join("text");
    std::fs::write(&text, "no database").unwrap();
    assert!(matches!(copy(&text).await, Err(CopyError::Unusable { .. })));
    assert!(matches!(copy(&served.folder().join("none")).await, Err(CopyError::File { .. })));

    copy(&path).await.unwrap();
}
