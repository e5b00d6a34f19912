use toolbay_kernel::audit::{AuditEnd, AuditStart};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::{Access, CallId, Code, ConnectionId, PrincipalId, Surface};
use toolbay_store::{AuditQuery, AuditRow, Store};

use crate::harness::{on_postgres, store};

fn start(tool: &str, principal: PrincipalId) -> AuditStart {
    AuditStart {
        call: CallId::new(),
        parent: None,
        principal,
        principal_name: "Ada".into(),
        surface: Surface::CommandLine,
        tool: tool.parse().unwrap(),
        provider: "notes".into(),
        effect: Access::Writes,
        connection: None,
        arguments_digest: "ab".repeat(32),
    }
}

fn end(code: Option<Code>) -> AuditEnd {
    AuditEnd {
        code,
        summary: "wrote a \"page\" \0 ☂".into(),
        touched: vec!["p1".into(), "p2".into()],
        effects: 3,
        duration_ms: 1_234,
    }
}

fn everything() -> AuditQuery {
    AuditQuery { limit: 100, before: None, principal: None, tool: None }
}

async fn calls(store: &Store, query: AuditQuery) -> Vec<CallId> {
    store.audit(query).await.unwrap().into_iter().map(|row| row.start.call).collect()
}

#[tokio::test]
async fn a_row_keeps_the_start_and_then_the_end() {
    let (store, installation) = store().await;
    let plain = start("create_page", PrincipalId::new());
    let nested = AuditStart {
        parent: Some(plain.call),
        connection: Some(ConnectionId::new()),
        surface: Surface::Tool,
        effect: Access::Destroys,
        ..start("trash_page", PrincipalId::new())
    };
    store.started(&plain).await.unwrap();
    store.started(&nested).await.unwrap();
    store.finished(nested.call, &end(Some(Code::OutcomeUnknown))).await.unwrap();

    let rows = installation.open().await.audit(everything()).await.unwrap();
    let [newest, oldest] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((&newest.start, &oldest.start), (&nested, &plain));
    assert_eq!(oldest.end, None);
    let (ended_at, known) = newest.end.clone().unwrap();
    assert!(ended_at >= newest.started_at);
    let expected =
        AuditEnd { summary: "wrote a \"page\" \u{FFFD} ☂".into(), ..end(Some(Code::OutcomeUnknown)) };
    assert_eq!(known, expected);

    store.finished(plain.call, &end(None)).await.unwrap();
    assert_eq!(store.audit(everything()).await.unwrap()[1].end.clone().unwrap().1.code, None);
}

#[tokio::test]
async fn every_word_of_the_kernel_can_be_read_back() {
    let (store, _installation) = store().await;
    for code in Code::ALL {
        let begun = start("create_page", PrincipalId::new());
        store.started(&begun).await.unwrap();
        store.finished(begun.call, &end(Some(code))).await.unwrap();
    }
    let surfaces = [
        Surface::Mcp,
        Surface::Rest,
        Surface::Console,
        Surface::Chat,
        Surface::CommandLine,
        Surface::Job,
        Surface::Tool,
    ];
    for surface in surfaces {
        store.started(&AuditStart { surface, ..start("x", PrincipalId::new()) }).await.unwrap();
    }
    let rows = store.audit(everything()).await.unwrap();
    let surface = |row: &AuditRow| row.start.surface;
    assert_eq!(rows.iter().rev().skip(Code::ALL.len()).map(surface).collect::<Vec<_>>(), surfaces);
    let codes: Vec<_> = rows.iter().rev().filter_map(|row| row.end.as_ref()?.1.code).collect();
    assert_eq!(codes, Code::ALL);
}

#[tokio::test]
async fn the_log_is_read_in_pages_and_by_who_and_what() {
    let (store, _installation) = store().await;
    let (ada, bob) = (PrincipalId::new(), PrincipalId::new());
    let mut made = Vec::new();
    for (tool, principal) in
        [("create_page", ada), ("create_page", bob), ("trash_page", ada), ("create_page", ada)]
    {
        let start = start(tool, principal);
        store.started(&start).await.unwrap();
        made.push(start.call);
    }
    let [first, second, third, fourth] = made[..] else { panic!() };
    assert_eq!(calls(&store, everything()).await, [fourth, third, second, first]);
    assert_eq!(calls(&store, AuditQuery { limit: 2, ..everything() }).await, [fourth, third]);
    let next = AuditQuery { limit: 2, before: Some(third), ..everything() };
    assert_eq!(calls(&store, next).await, [second, first]);
    let of_bob = AuditQuery { principal: Some(bob), ..everything() };
    assert_eq!(calls(&store, of_bob).await, [second]);
    let creations =
        AuditQuery { principal: Some(ada), tool: Some("create_page".parse().unwrap()), ..everything() };
    assert_eq!(calls(&store, creations).await, [fourth, first]);
    assert!(calls(&store, AuditQuery { limit: 0, ..everything() }).await.is_empty());
}

#[tokio::test]
async fn the_order_of_the_log_holds_over_a_clock_that_jumps() {
    let (store, _installation) = store().await;
    // Ids of calls grow with the clock: the second row was written after it was set back.
    let (later, earlier) = (CallId::new(), CallId::from(uuid::Uuid::nil()));
    for call in [later, earlier] {
        store.started(&AuditStart { call, ..start("create_page", PrincipalId::new()) }).await.unwrap();
    }
    assert_eq!(calls(&store, everything()).await, [earlier, later]);
    assert_eq!(calls(&store, AuditQuery { before: Some(earlier), ..everything() }).await, [later]);
    assert!(calls(&store, AuditQuery { before: Some(later), ..everything() }).await.is_empty());
}

#[tokio::test]
async fn what_is_written_cannot_be_changed_or_removed() {
    let (store, installation) = store().await;
    let (open, ended) = (start("create_page", PrincipalId::new()), start("create_page", PrincipalId::new()));
    store.started(&open).await.unwrap();
    store.started(&ended).await.unwrap();
    store.finished(ended.call, &end(None)).await.unwrap();
    let before = store.audit(everything()).await.unwrap();

    assert!(store.started(&ended).await.is_err());
    assert!(store.finished(ended.call, &end(Some(Code::Failed))).await.is_err());
    assert!(store.finished(CallId::new(), &end(None)).await.is_err());
    let mut forgeries = vec![
        "DELETE FROM audit_log",
        "UPDATE audit_log SET principal_name = 'Eve'",
        "UPDATE audit_log SET started_at = 0",
        "UPDATE audit_log SET seq = 9 WHERE ended_at IS NULL",
        "UPDATE audit_log SET tool = 'search' WHERE ended_at IS NULL",
        "UPDATE audit_log SET summary = 'nothing' WHERE ended_at IS NOT NULL",
        "UPDATE audit_log SET ended_at = NULL WHERE ended_at IS NOT NULL",
    ];
    if on_postgres() {
        forgeries.push("TRUNCATE audit_log");
    }
    for forgery in forgeries {
        let refusal = installation.tamper(forgery).await.unwrap_err().to_string();
        assert!(refusal.contains("audit_log is append-only"), "{forgery}: {refusal}");
    }
    assert_eq!(store.audit(everything()).await.unwrap(), before);
}
