//! Sources of the catalog: who has a name keeps it, and a source that renews its offer takes nothing from another.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolbay_kernel::catalog::{Held, Loading, Offered, Refusal, Source};
use toolbay_kernel::chat::Grounds;
use toolbay_kernel::{
    Access, Answer, Call, CatalogHandle, Permissions, Problem, Provider, ToolDefinition, ToolName,
};

struct Named(&'static str, Arc<Permissions>);

#[async_trait]
impl Provider for Named {
    fn name(&self) -> &str {
        self.0
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.1
    }

    async fn call(&self, _: &ToolName, _: Value, _: Arc<Call>) -> Result<Answer, Problem> {
        Ok(Answer::default())
    }
}

fn tool(name: &str) -> ToolDefinition {
    ToolDefinition {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        description: "Does nothing.".to_owned(),
        input_schema: json!({"type": "object", "properties": {}}),
        output_schema: None,
        access: Access::Reads,
        least: Access::Reads,
        idempotent: true,
        routes: Vec::new(),
        background: false,
    }
}

fn offered(provider: &'static str, tools: &[&str]) -> Offered {
    let tools: Vec<_> = tools.iter().map(|name| tool(name)).collect();
    Offered::new(Arc::new(Named(provider, Arc::default())), &tools).unwrap()
}

fn owner(catalogs: &CatalogHandle, tool: &str) -> Option<String> {
    catalogs.current().get(tool).map(|tool| tool.provider.name().to_owned())
}

fn sources() -> (CatalogHandle, Source, Source) {
    let catalogs = CatalogHandle::new();
    let (first, second) = (catalogs.source(), catalogs.source());
    (catalogs, first, second)
}

#[test]
fn the_second_source_of_a_name_is_refused_and_told_and_gets_it_when_the_first_gives_it_up() {
    let (catalogs, first, second) = sources();
    // The order in which they publish decides, not that of the sources.
    second.publish(vec![offered("late", &["a", "b"])]);
    let standings = first.publish(vec![offered("early", &["a", "c"])]);
    assert_eq!(owner(&catalogs, "a").unwrap(), "late");
    assert_eq!(owner(&catalogs, "c").unwrap(), "early");
    let refused = Refusal::NameTaken { tool: "a".parse().unwrap(), first: "late".to_owned() };
    assert_eq!(standings[0].refused, [refused]);
    assert_eq!(standings[0].published.keys().map(ToolName::as_str).collect::<Vec<_>>(), ["c"]);

    let before = first.standings();
    second.publish(vec![offered("late", &["a"])]);
    assert!(Arc::ptr_eq(&before, &first.standings()), "nothing has changed for it");
    second.publish(Vec::new());
    assert_eq!(owner(&catalogs, "a").unwrap(), "early");
    assert!(owner(&catalogs, "b").is_none());
    assert!(first.standings()[0].refused.is_empty());
}

#[test]
fn a_source_that_renews_its_offer_takes_nothing_from_another() {
    let (catalogs, first, second) = sources();
    first.publish(vec![offered("early", &["a"])]);
    second.publish(vec![offered("late", &["b"])]);
    let mut changes = catalogs.changes();
    let standings = first.publish(vec![offered("early", &["a", "b"])]);
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), catalogs.current().generation());
    assert_eq!(standings[0].refused.len(), 1);
    assert_eq!(owner(&catalogs, "b").unwrap(), "late");
    // A record of earlier days counts for nothing against who is live.
    let record = Held { provider: "early".to_owned(), tools: [("b".parse().unwrap(), Vec::new())].into() };
    first.publish(vec![Offered { held: Some(record), ..offered("early", &["b"]) }]);
    assert_eq!(owner(&catalogs, "b").unwrap(), "late");
}

#[test]
fn within_a_source_the_record_decides_who_has_a_name() {
    let (catalogs, source, _) = sources();
    let record = Held { provider: "two".to_owned(), tools: [("a".parse().unwrap(), Vec::new())].into() };
    let standings = source.publish(vec![
        offered("one", &["a", "c"]),
        Offered { held: Some(record.clone()), ..offered("two", &["a", "b"]) },
        offered("two", &["d"]),
    ]);
    assert_eq!(owner(&catalogs, "a").unwrap(), "two");
    assert_eq!(standings[0].refused.len(), 1);
    assert_eq!(standings[2].namesake, Some(1), "a provider's name is a name too");
    assert!(standings[2].published.is_empty() && owner(&catalogs, "d").is_none());
}

#[test]
fn what_is_recorded_is_recorded_before_anybody_can_call_it() {
    let (catalogs, source, _) = sources();
    let seen = catalogs.clone();
    source.publish_recorded(vec![offered("one", &["a"])], |standings| {
        assert_eq!(standings[0].published.len(), 1);
        assert!(seen.current().get("a").is_none());
    });
    assert!(catalogs.current().get("a").is_some());
}

#[test]
fn while_a_source_is_loading_the_order_of_reading_decides_nothing() {
    let (catalogs, source, other) = sources();
    let record =
        |tool: &str| Held { provider: "two".to_owned(), tools: [(tool.parse().unwrap(), Vec::new())].into() };
    other.publish(vec![offered("built in", &["c"])]);
    source.publish_loading(vec![offered("three", &["a", "b", "c"])], |_| {});
    assert_eq!(owner(&catalogs, "a").unwrap(), "three");
    let two = || Offered { held: Some(record("b")), ..offered("two", &["b"]) };
    source.publish_loading(vec![offered("one", &["a"]), two(), offered("three", &["a", "b", "c"])], |_| {});
    assert_eq!(owner(&catalogs, "a").unwrap(), "one", "it comes first");
    assert_eq!(owner(&catalogs, "b").unwrap(), "two", "it had the name before");
    assert_eq!(owner(&catalogs, "c").unwrap(), "built in", "another source keeps what it has");
}

#[tokio::test]
async fn the_catalog_is_loaded_when_every_source_is() {
    let (catalogs, first, second) = sources();
    assert_eq!(catalogs.loading(), None);
    first.tell_loading(Some(Loading { read: 1, all: 3 }));
    second.tell_loading(Some(Loading { read: 0, all: 2 }));
    assert_eq!(catalogs.loading(), Some(Loading { read: 1, all: 5 }));
    let waiting = tokio::spawn({
        let catalogs = catalogs.clone();
        async move { catalogs.loaded().await }
    });
    first.tell_loading(None);
    assert!(catalogs.loading().is_some() && !waiting.is_finished());
    second.tell_loading(None);
    waiting.await.unwrap();
}

#[test]
fn a_tool_of_another_definition_or_provider_is_not_what_somebody_was_asked_about() {
    let digest_of = |provider: &'static str, definition: ToolDefinition| {
        let catalogs = CatalogHandle::new();
        let source = catalogs.source();
        let provider: Arc<dyn Provider> = Arc::new(Named(provider, Arc::default()));
        source.publish(vec![Offered::new(provider, &[definition]).unwrap()]);
        let catalog = catalogs.current();
        Grounds::of_tool(catalog.get("a").unwrap())
    };
    let own = digest_of("files", tool("a"));
    assert_eq!(own, digest_of("files", tool("a")));
    assert_ne!(own, digest_of("others", tool("a")));
    let described = ToolDefinition { description: "Does something.".to_owned(), ..tool("a") };
    assert_ne!(own, digest_of("files", described));
}
