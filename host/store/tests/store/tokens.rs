use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use toolbay_kernel::administration::{AdministrationStore as _, NewToken, Refused};
use toolbay_kernel::ports::Principals as _;
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, ConnectionId, Parts, PrincipalId};
use toolbay_store::{Environment, OpenError, Store};

use crate::harness::{administration, installation, operator, store};

pub(crate) fn token(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        tools: Allowed::All,
        connections: Allowed::All,
        strongest: Access::Destroys,
        default_connection: None,
        parts: Parts::everything(),
        rates: Rates::default(),
        expires_at: None,
        administers: false,
    }
}

#[tokio::test]
async fn a_token_authenticates_its_principal_as_it_was_made() {
    let (store, installation) = store().await;
    let connection = ConnectionId::new();
    let narrow = NewToken {
        tools: Allowed::Only(["search".parse().unwrap(), "get_page".parse().unwrap()].into()),
        connections: Allowed::Only([connection].into()),
        strongest: Access::Reads,
        default_connection: None,
        parts: Parts::below(["59833787-2cf9-4fdf-8782-e53db20768a5".to_owned()]),
        rates: Rates {
            calls: Some("60/minute".parse().unwrap()),
            tools: [("search".parse().unwrap(), "10/hour".parse().unwrap())].into(),
            counted_as: None,
        },
        ..token("Cursor of Ada ☂")
    };
    let (secret, row) = administration(&store).create_token(narrow.clone(), &operator()).await.unwrap();
    let (other_secret, other) =
        administration(&store).create_token(token("other"), &operator()).await.unwrap();
    assert_ne!(secret.expose_secret(), other_secret.expose_secret());

    for store in [&store, &installation.open().await] {
        // The second time is answered from memory.
        for _ in 0..2 {
            let principal = store.authenticate(&secret).await.unwrap().unwrap();
            assert_eq!(principal.id, row.id);
            assert_eq!(principal.name, narrow.name);
            assert_eq!(principal.kind, PrincipalKind::Token);
            assert_eq!(principal.tools, narrow.tools);
            assert_eq!(principal.connections, narrow.connections);
            assert_eq!(principal.strongest, Access::Reads);
            assert_eq!(principal.parts, narrow.parts);
            assert_eq!(principal.rates, narrow.rates);
            assert_eq!(store.authenticate(&other_secret).await.unwrap().unwrap().id, other.id);
        }
    }
    let listed = store.tokens().await.unwrap();
    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [row.id, other.id]);
    assert!(listed.iter().all(|row| row.last_used_at.is_some() && row.revoked_at.is_none()));
    assert_eq!(row.last_used_at, None);
    assert_eq!((&listed[0].parts, &listed[0].rates), (&narrow.parts, &narrow.rates));
    assert!(listed[1].parts.is_everything());
}

#[tokio::test]
async fn a_token_that_was_never_made_is_nobodys() {
    let (store, _installation) = store().await;
    let (_, foreign) = {
        let (other, _installation) = crate::harness::store().await;
        let (secret, _) = administration(&other).create_token(token("elsewhere"), &operator()).await.unwrap();
        (other, secret)
    };
    assert_eq!(store.authenticate(&foreign).await.unwrap(), None);
    for text in ["", "tb_", "Bearer x", &"a".repeat(5_000_000)] {
        assert_eq!(store.authenticate(&SecretString::from(text)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_malformed_token_never_reaches_the_database_and_a_failure_is_not_an_answer() {
    let (store, _installation) = store().await;
    let (secret, _) = administration(&store).create_token(token("late"), &operator()).await.unwrap();
    store.close().await;
    let mut malformed = secret.expose_secret().to_owned();
    malformed.pop();
    malformed.push('!');
    assert_eq!(store.authenticate(&SecretString::from(malformed)).await.unwrap(), None);
    assert!(store.authenticate(&secret).await.is_err());
    assert!(store.check().await.is_err());
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_its_name_is_free_again() {
    let (store, installation) = store().await;
    let (secret, row) = administration(&store).create_token(token("laptop"), &operator()).await.unwrap();
    assert!(store.authenticate(&secret).await.unwrap().is_some());
    assert!(
        matches!(administration(&store).create_token(token("laptop"), &operator()).await, Err(Refused::NameTaken(name)) if name == "laptop")
    );

    assert!(administration(&store).revoke_token(row.id, &operator()).await.unwrap());
    assert_eq!(store.authenticate(&secret).await.unwrap(), None);
    assert_eq!(installation.open().await.authenticate(&secret).await.unwrap(), None);
    assert!(!administration(&store).revoke_token(row.id, &operator()).await.unwrap());
    assert!(!administration(&store).revoke_token(PrincipalId::new(), &operator()).await.unwrap());
    assert!(store.tokens().await.unwrap()[0].revoked_at.is_some());

    let (next, _) = administration(&store).create_token(token("laptop"), &operator()).await.unwrap();
    assert!(store.authenticate(&next).await.unwrap().is_some());
    assert_eq!(store.authenticate(&secret).await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let (store, _installation) = store().await;
    let now = OffsetDateTime::now_utc();
    let past = NewToken { expires_at: Some(now - Duration::from_secs(1)), ..token("past") };
    let future = NewToken { expires_at: Some(now + Duration::from_secs(3_600)), ..token("future") };
    let (past, _) = administration(&store).create_token(past, &operator()).await.unwrap();
    let (future, row) = administration(&store).create_token(future, &operator()).await.unwrap();
    assert_eq!(store.authenticate(&past).await.unwrap(), None);
    assert!(store.authenticate(&future).await.unwrap().is_some());
    assert_eq!(row.expires_at.unwrap().unix_timestamp(), now.unix_timestamp() + 3_600);
}

#[tokio::test]
async fn names_are_readable() {
    let (store, _installation) = store().await;
    for bad in ["", " ", "a ", "a\nb", "a\0b", &"x".repeat(101)] {
        assert!(
            matches!(
                administration(&store).create_token(token(bad), &operator()).await,
                Err(Refused::InvalidName)
            ),
            "{bad:?}"
        );
    }
    assert!(administration(&store).create_token(token(&"ü".repeat(100)), &operator()).await.is_ok());
}

#[tokio::test]
async fn the_token_of_the_environment_is_a_principal_that_is_stored_nowhere() {
    let mut installation = installation().await;
    let secret = SecretString::from("a token of any form, but long");
    installation.settings.environment =
        Environment { action_api_token: Some(secret.clone()), notion_token: None };
    let store = installation.open().await;
    let principal = store.authenticate(&secret).await.unwrap().unwrap();
    assert_eq!(principal.id, PrincipalId::of_environment("action"));
    assert_eq!(principal.name, "action");
    assert_eq!((&principal.tools, principal.strongest), (&Allowed::All, Access::Destroys));
    assert_eq!(principal.connections, Allowed::All);
    for wrong in ["", "a token of any form, but lonG", "a token of any form, but long "] {
        assert_eq!(store.authenticate(&SecretString::from(wrong)).await.unwrap(), None, "{wrong}");
    }
    assert!(store.tokens().await.unwrap().is_empty());

    installation.settings.environment.action_api_token = Some(SecretString::from(""));
    let refusal = Store::open(installation.settings.clone()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::WeakActionToken));
    installation.settings.environment.action_api_token = None;
    assert_eq!(installation.open().await.authenticate(&secret).await.unwrap(), None);
}
