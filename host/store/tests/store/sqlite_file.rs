//! What is about the file: its locks, its modes, its key.

use std::path::{Path, PathBuf};

use toolbay_kernel::CapabilityName;
use toolbay_kernel::administration::AdministrationStore as _;
use toolbay_store::{KeySource, OpenError, Store, StoreSettings};

use crate::harness::{operator, sqlite_installation};

#[tokio::test]
async fn one_process_serves_and_the_command_line_works_beside_it() {
    let installation = sqlite_installation();
    let serving = Store::open_serving(installation.settings.clone()).await.unwrap();
    let refusal = Store::open_serving(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::AlreadyServing(_)), "{refusal}");
    assert!(refusal.to_string().contains("already serving this database"), "{refusal}");

    let beside = installation.open().await;
    assert!(beside.grant(&"notes".parse().unwrap(), CapabilityName::STATE, &operator()).await.unwrap());
    drop(serving);
    // The command line's visit doesn't count as serving.
    Store::open_serving(installation.settings.clone()).await.unwrap().check().await.unwrap();
}

#[tokio::test]
async fn another_name_of_the_file_is_the_same_file() {
    let installation = sqlite_installation();
    let _serving = Store::open_serving(installation.settings.clone()).await.unwrap();
    let alias = installation.folder().join("alias");
    std::os::unix::fs::symlink(&installation.settings.data_dir, &alias).unwrap();
    let url = format!("sqlite://{}", alias.join("toolbay.db").display());
    let settings = StoreSettings { database_url: url, ..installation.settings.clone() };
    let refusal = Store::open_serving(settings).await.unwrap_err();
    assert!(matches!(refusal, OpenError::AlreadyServing(_)), "{refusal}");
}

#[tokio::test]
async fn a_newer_command_line_does_not_change_the_tables_of_a_host_that_serves() {
    let installation = sqlite_installation();
    let serving = Store::open_serving(installation.settings.clone()).await.unwrap();
    // As if the one migration there is were newer than the host that serves.
    installation.tamper("DELETE FROM _sqlx_migrations").await.unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::ServedByOlder(_)), "{refusal}");
    serving.check().await.unwrap();
}

#[tokio::test]
async fn the_files_belong_to_the_host_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let installation = sqlite_installation();
    let store = Store::open_serving(installation.settings.clone()).await.unwrap();
    store.grant(&"notes".parse().unwrap(), CapabilityName::STATE, &operator()).await.unwrap();
    let folder = &installation.settings.data_dir;
    assert_eq!(mode(folder), 0o700);
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let has = |name: &str| files.iter().any(|path| path.ends_with(name));
    assert!(has("toolbay.db") && has("toolbay.db-wal") && has("master.key"), "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }

    drop(store);
    let database = folder.join("toolbay.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    installation.open().await.check().await.unwrap();
    assert_eq!(mode(&database), 0o600);
}

#[tokio::test]
async fn it_is_a_write_ahead_log() {
    let installation = sqlite_installation();
    drop(installation.open().await);
    assert_eq!(installation.ask("PRAGMA journal_mode").await, "wal");
}

#[tokio::test]
async fn a_missing_key_file_is_not_replaced() {
    let installation = sqlite_installation();
    drop(installation.open().await);
    let key = installation.settings.data_dir.join("master.key");
    let text = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::KeyFileMissing(_)), "{refusal}");
    assert!(!key.exists());

    // The key works as TOKEN_ENCRYPTION_KEY too.
    let key = KeySource::Given(text.into());
    let settings = StoreSettings { key, ..installation.settings.clone() };
    Store::open(settings).await.unwrap().check().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let installation = sqlite_installation();
    std::fs::create_dir(&installation.settings.data_dir).unwrap();
    let path = installation.settings.data_dir.join("toolbay.db");
    let text = "this is somebody's letter, not a database. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::Damaged { .. }), "{refusal}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(!installation.settings.data_dir.join("master.key").exists());
}
