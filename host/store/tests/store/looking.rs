//! Looking whether the store could be opened: it finds what an open would, and makes nothing.

use secrecy::SecretString;
use toolbay_kernel::administration::Workspace;
use toolbay_store::{Environment, KeySource, OpenError, Store, StoreSettings};

use crate::harness::{KEY, connect, installation, on_postgres, sqlite_installation};

fn given(key: &str) -> KeySource {
    KeySource::Given(SecretString::from(key))
}

#[tokio::test]
async fn a_database_that_is_not_there_is_new_and_stays_so() {
    let installation = sqlite_installation();
    let look = Store::look(&installation.settings).await.unwrap();
    assert!(look.schema.is_none() && look.newest_schema > 1 && !look.is_behind() && !look.is_served);
    assert!(!installation.settings.data_dir.exists());
}

#[tokio::test]
async fn what_an_open_refuses_is_refused() {
    let mut installation = installation().await;
    installation.settings.key = given(KEY);
    let store = installation.open().await;
    connect(&store, "team", &SecretString::from("ntn_team"), Workspace::default()).await.unwrap();
    let look = Store::look(&installation.settings).await.unwrap();
    assert_eq!(look.schema, Some(look.newest_schema));
    let token = |token: &str| Environment {
        action_api_token: Some(SecretString::from(token)),
        ..Environment::default()
    };
    let changes: [fn(&mut StoreSettings); 5] = [
        |settings| settings.key = given("YW5vdGhlci1rZXktYW5vdGhlci1rZXktYW5vdGhlci0="),
        |settings| settings.key = given("c2hvcnQ="),
        |settings| settings.new_key = Some(SecretString::from("c2hvcnQ=")),
        |settings| settings.database_url = "mysql://h/d".to_owned(),
        |settings| settings.data_dir = "/dev/null/data".into(),
    ];
    for change in changes {
        let mut settings = installation.settings.clone();
        change(&mut settings);
        let looked = Store::look(&settings).await.unwrap_err().to_string();
        if settings.new_key.is_none() && !settings.data_dir.starts_with("/dev") {
            assert_eq!(Store::open(settings).await.unwrap_err().to_string(), looked);
        }
    }
    let settings = StoreSettings { environment: token("short"), ..installation.settings.clone() };
    assert!(matches!(Store::look(&settings).await, Err(OpenError::WeakActionToken)));
    installation
        .tamper(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
             SELECT 9999, 'from the future', installed_on, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await
        .unwrap();
    assert!(matches!(
        Store::look(&installation.settings).await,
        Err(OpenError::NewerSchema { found: 9999, .. })
    ));
}

#[tokio::test]
async fn tables_of_an_older_version_are_found_and_left_as_they_are() {
    let installation = installation().await;
    installation.migrate_to(3).await;
    let look = Store::look(&installation.settings).await.unwrap();
    assert!(look.is_behind());
    assert_eq!(look.schema, Some(3));
    assert_eq!(Store::look(&installation.settings).await.unwrap(), look);
}

#[tokio::test]
async fn a_host_that_serves_a_file_is_seen_as_long_as_it_does() {
    let installation = sqlite_installation();
    let store = Store::open_serving(installation.settings.clone()).await.unwrap();
    assert!(Store::look(&installation.settings).await.unwrap().is_served);
    drop(store);
    assert!(!Store::look(&installation.settings).await.unwrap().is_served);
}

#[tokio::test]
async fn a_copy_is_whole_at_one_moment_and_replaces_nothing() {
    if on_postgres() {
        return;
    }
    let installation = sqlite_installation();
    let store = Store::open_serving(installation.settings.clone()).await.unwrap();
    connect(&store, "team", &SecretString::from("ntn_team"), Workspace::default()).await.unwrap();
    let copy = installation.folder().join("copy.db");
    let url = installation.settings.database_url.as_str();
    Store::back_up(url, &copy).await.unwrap();
    assert!(Store::back_up(url, &copy).await.unwrap_err().to_string().contains("is there already"));
    let nowhere = installation.folder().join("no/such/folder/copy.db");
    assert!(Store::back_up(url, &nowhere).await.is_err());

    // What isn't there is not made in order to be copied.
    let absent = installation.folder().join("absent.db");
    let of_absent =
        Store::back_up(&format!("sqlite://{}", absent.display()), &nowhere.with_file_name("x")).await;
    assert!(of_absent.is_err() && !absent.exists());

    let mut other = sqlite_installation();
    other.settings.data_dir = installation.settings.data_dir.clone();
    other.settings.database_url = format!("sqlite://{}", copy.display());
    let opened = other.open().await;
    let names: Vec<String> = crate::harness::administration(&opened)
        .connections()
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.connection.name)
        .collect();
    assert_eq!(names, ["team"]);
}

/// The program that comes next must not change what it copies, or there would be no way back.
#[tokio::test]
async fn a_copy_keeps_the_tables_of_an_older_version() {
    if on_postgres() {
        return;
    }
    let installation = sqlite_installation();
    let file = installation.folder().join("older.db");
    let url = format!("sqlite://{}", file.display());
    let older = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&older).await.unwrap();
    sqlx::query("CREATE TABLE of_before (id TEXT)").execute(&mut connection).await.unwrap();
    let copy = installation.folder().join("copy.db");
    Store::back_up(&url, &copy).await.unwrap();
    for file in [&file, &copy] {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut opened = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        let tables: Vec<(String,)> =
            sqlx::query_as("SELECT name FROM sqlite_master").fetch_all(&mut opened).await.unwrap();
        assert_eq!(tables, [("of_before".to_owned(),)]);
    }
}
