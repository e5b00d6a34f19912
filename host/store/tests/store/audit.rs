use serde_json::json;
use toolbay_kernel::administration::{AdministrationStore as _, InstalledPlugin};
use toolbay_kernel::audit::{
    Act, Actor, CallEnded, CallStarted, ConnectionChange, Event, GrantChange, PluginChange, RecordedEvent,
    TokenChange,
};
use toolbay_kernel::connecting::ConnectingStore as _;
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::{Access, CallId, CapabilityName, Code, ConnectionId, PrincipalId, Surface};
use toolbay_store::{AuditQuery, AuditScope, Store};

use crate::harness::{administration, connect, on_postgres, operator, store};

pub(crate) fn started(tool: &str, principal: PrincipalId) -> Event {
    let start = CallStarted {
        tool: tool.parse().unwrap(),
        parent: None,
        provider: "notes".into(),
        access: Access::Writes,
        arguments_digest: "ab".repeat(32),
    };
    Event {
        by: Actor { principal, name: "Ada".into(), surface: Surface::CommandLine },
        call: Some(CallId::new()),
        connection: None,
        act: Act::CallStarted(start),
    }
}

pub(crate) fn ended(start: &Event, code: Option<Code>) -> Event {
    let Act::CallStarted(CallStarted { tool, .. }) = &start.act else { panic!("{start:?}") };
    let end = CallEnded {
        tool: tool.clone(),
        code,
        summary: "wrote a \"page\" \0 ☂".into(),
        touched: vec!["p1".into(), "p2".into()],
        effects: 3,
        duration_ms: 1_234,
    };
    Event { act: Act::CallEnded(end), ..start.clone() }
}

pub(crate) fn everything() -> AuditQuery {
    AuditQuery::newest(AuditScope::Everything, 100)
}

pub(crate) async fn events(store: &Store, query: AuditQuery) -> Vec<Event> {
    store.audit(query).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

async fn calls(store: &Store, query: AuditQuery) -> Vec<CallId> {
    events(store, query).await.into_iter().filter_map(|event| event.call).collect()
}

#[tokio::test]
async fn each_event_comes_back_as_it_was_appended() {
    let (store, installation) = store().await;
    let plain = started("create_page", PrincipalId::new());
    let nested = Event {
        connection: Some(ConnectionId::new()),
        by: Actor { surface: Surface::Tool, ..plain.by.clone() },
        ..started("trash_page", plain.by.principal)
    };
    let end = ended(&nested, Some(Code::OutcomeUnknown));
    for event in [&plain, &nested, &end] {
        store.append(event).await.unwrap();
    }
    let recorded = installation.open().await.audit(everything()).await.unwrap();
    let [third, second, first] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!((&first.event, &second.event, &third.event), (&plain, &nested, &end));
    assert!(first.seq < second.seq && second.seq < third.seq && first.at <= third.at);

    let acts = AuditQuery::newest(AuditScope::Acts, 100);
    assert_eq!(events(&store, acts).await, [end.clone(), plain], "a call that has ended is one line");
    let of_call = AuditQuery { call: nested.call, ..everything() };
    assert_eq!(events(&store, of_call).await, [end, nested]);
}

#[tokio::test]
async fn every_word_of_the_kernel_can_be_read_back() {
    let (store, _installation) = store().await;
    for code in Code::ALL {
        let begun = started("create_page", PrincipalId::new());
        store.append(&ended(&begun, Some(code))).await.unwrap();
    }
    let surfaces = [
        Surface::Mcp,
        Surface::Rest,
        Surface::Console,
        Surface::Chat,
        Surface::CommandLine,
        Surface::Job,
        Surface::Tool,
        Surface::Host,
    ];
    for surface in surfaces {
        let begun = started("x", PrincipalId::new());
        store.append(&Event { by: Actor { surface, ..begun.by.clone() }, ..begun }).await.unwrap();
    }
    let mut read = events(&store, everything()).await;
    read.reverse();
    let codes = read.iter().filter_map(|event| match &event.act {
        Act::CallEnded(end) => end.code,
        _ => None,
    });
    assert_eq!(codes.collect::<Vec<_>>(), Code::ALL);
    let begun = read.iter().skip(Code::ALL.len());
    assert_eq!(begun.map(|event| event.by.surface).collect::<Vec<_>>(), surfaces);
}

#[tokio::test]
async fn the_audit_is_read_in_pages_and_by_who_and_what() {
    let (store, _installation) = store().await;
    let (ada, bob) = (PrincipalId::new(), PrincipalId::new());
    let mut made = Vec::new();
    for (tool, principal) in
        [("create_page", ada), ("create_page", bob), ("trash_page", ada), ("create_page", ada)]
    {
        let event = started(tool, principal);
        store.append(&event).await.unwrap();
        made.push(event.call.unwrap());
    }
    let [first, second, third, fourth] = made[..] else { panic!() };
    assert_eq!(calls(&store, everything()).await, [fourth, third, second, first]);
    assert_eq!(calls(&store, AuditQuery { limit: 2, ..everything() }).await, [fourth, third]);
    let page: Vec<RecordedEvent> = store.audit(AuditQuery { limit: 2, ..everything() }).await.unwrap();
    let next = AuditQuery { limit: 2, before: Some(page[1].seq), ..everything() };
    assert_eq!(calls(&store, next).await, [second, first]);
    let of_bob = AuditQuery { principal: Some(bob), ..everything() };
    assert_eq!(calls(&store, of_bob).await, [second]);
    let creations = AuditQuery { principal: Some(ada), subject: Some("create_page".into()), ..everything() };
    assert_eq!(calls(&store, creations).await, [fourth, first]);
    assert!(calls(&store, AuditQuery { limit: 0, ..everything() }).await.is_empty());
}

#[tokio::test]
async fn the_order_of_the_audit_holds_over_a_clock_that_jumps() {
    let (store, _installation) = store().await;
    // Ids of calls grow with the clock: the second event was appended after it was set back.
    let (later, earlier) = (CallId::new(), CallId::from(uuid::Uuid::nil()));
    for call in [later, earlier] {
        let event = Event { call: Some(call), ..started("create_page", PrincipalId::new()) };
        store.append(&event).await.unwrap();
    }
    assert_eq!(calls(&store, everything()).await, [earlier, later]);
}

#[tokio::test]
async fn what_is_written_cannot_be_changed_or_removed() {
    let (store, installation) = store().await;
    let begun = started("create_page", PrincipalId::new());
    store.append(&begun).await.unwrap();
    store.append(&ended(&begun, None)).await.unwrap();
    let before = store.audit(everything()).await.unwrap();

    assert!(store.append(&begun).await.is_err(), "a call begins once");
    assert!(store.append(&ended(&begun, Some(Code::Failed))).await.is_err(), "and ends once");
    let mut forgeries = vec![
        "DELETE FROM audit_events",
        "UPDATE audit_events SET principal_name = 'Eve'",
        "UPDATE audit_events SET happened_at = 0",
        "UPDATE audit_events SET details = '{}'",
        "UPDATE audit_events SET call_id = NULL WHERE kind = 'call.ended'",
    ];
    if on_postgres() {
        forgeries.push("TRUNCATE audit_events");
    }
    for forgery in forgeries {
        let refusal = installation.tamper(forgery).await.unwrap_err().to_string();
        assert!(refusal.contains("audit_events is append-only"), "{forgery}: {refusal}");
    }
    assert_eq!(store.audit(everything()).await.unwrap(), before);
}

/// Whatever an operator changes is an event with its principal, in the transaction that changes it.
#[tokio::test]
async fn each_act_of_administration_is_an_event_of_its_principal() {
    let (store, _installation) = store().await;
    let administration = administration(&store);
    let notes = "notes".parse().unwrap();
    let (_, token) = administration.create_token(crate::tokens::token("laptop"), &operator()).await.unwrap();
    assert!(administration.create_token(crate::tokens::token("laptop"), &operator()).await.is_err());
    assert!(administration.grant(&notes, CapabilityName::STATE, &operator()).await.unwrap());
    assert!(!administration.grant(&notes, CapabilityName::STATE, &operator()).await.unwrap());
    assert!(administration.revoke_grant(&notes, CapabilityName::STATE, &operator()).await.unwrap());
    assert!(!administration.revoke_grant(&notes, CapabilityName::STATE, &operator()).await.unwrap());
    let secret = secrecy::SecretString::from("ntn_canary");
    let connection = connect(&store, "team", &secret, Default::default()).await.unwrap();
    store.remove(connection, &operator()).await.unwrap();
    store.remove(connection, &operator()).await.unwrap();
    assert!(administration.revoke_token(token.id, &operator()).await.unwrap());
    assert!(!administration.revoke_token(token.id, &operator()).await.unwrap());
    let plugin = InstalledPlugin { version: "1.0.0".into(), digest: "ab".repeat(32) };
    let installed = [(notes.clone(), plugin)].into();
    for _ in 0..2 {
        administration.record_plugins(&installed, &Actor::host()).await.unwrap();
    }
    administration.record_plugins(&[].into(), &Actor::host()).await.unwrap();
    assert!(store.recorded_plugins().await.unwrap().is_empty());

    let mut recorded = events(&store, everything()).await;
    recorded.reverse();
    let acts: Vec<serde_json::Value> = recorded
        .iter()
        .map(|event| {
            let details = json!(event.act)["details"].clone();
            json!([event.act.kind(), details["change"], event.act.subject(), event.by.surface])
        })
        .collect();
    let id = token.id.to_string();
    assert_eq!(
        acts,
        [
            json!(["token", "created", id, "command_line"]),
            json!(["grant", "granted", "notes", "command_line"]),
            json!(["grant", "revoked", "notes", "command_line"]),
            json!(["connection", "added", null, "command_line"]),
            json!(["connection", "removed", null, "command_line"]),
            json!(["token", "revoked", id, "command_line"]),
            json!(["plugin", "installed", "notes", "host"]),
            json!(["plugin", "removed", "notes", "host"]),
        ]
    );
    let known = |act: &Act| {
        matches!(
            act,
            Act::Token { change: TokenChange::Created { .. } | TokenChange::Revoked, .. }
                | Act::Grant { change: GrantChange::Granted | GrantChange::Revoked, .. }
                | Act::Connection { change: ConnectionChange::Added | ConnectionChange::Removed, .. }
                | Act::Plugin { change: PluginChange::Installed { .. } | PluginChange::Removed, .. }
        )
    };
    assert!(recorded.iter().all(|event| known(&event.act) && event.call.is_none()));
    assert!(!format!("{recorded:?}").contains("canary"));
}
