//! `tools/list`: the tools that a principal may use or ask for, page by page.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rmcp::ErrorData;
use rmcp::model::{CacheScope, ListToolsResult, Tool as PublishedTool, ToolAnnotations};
use serde_json::{Map, Value};
use toolbay_kernel::arguments::{CONNECTION_ID, IDEMPOTENCY_KEY};
use toolbay_kernel::capability::CapabilityName;
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::{Access, Catalog, CatalogHandle, Principal, Tool, ToolName};

use super::security_schemes;

/// Tools of one page. Some clients never ask for a second one, and few installations have as many tools.
const PAGE: usize = 100;

/// How long a client may keep a list, in milliseconds: short, because a plugin that is dropped in should show, and
/// clients that don't listen for changes find out no other way.
const FRESH_MS: u64 = 10_000;

/// The same while plugins are still being read: the list grows.
const FRESH_WHILE_LOADING_MS: u64 = 1_000;

/// How long a client may keep what depends on the catalog.
pub(super) fn fresh_ms(catalogs: &CatalogHandle) -> u64 {
    if catalogs.loading().is_some() { FRESH_WHILE_LOADING_MS } else { FRESH_MS }
}

/// The version of cursors, so that a later form can be told apart.
const CURSOR: &str = "1:";

/// One page of the tools that a principal may use or ask for, by name. `has_a_choice` is whether they have several connections: who
/// has one need not read about choosing in every tool.
pub(super) fn page(
    catalog: &Catalog,
    principal: &Principal,
    cursor: Option<&str>,
    has_a_choice: bool,
) -> Result<ListToolsResult, ErrorData> {
    let after = cursor.map(parse).transpose()?;
    let mut tools = catalog
        .tools_shown_to(principal)
        .filter(|tool| after.as_ref().is_none_or(|after| tool.name() > after));
    let page: Vec<PublishedTool> =
        tools.by_ref().take(PAGE).map(|tool| published(tool, principal, has_a_choice)).collect();
    let next = match (page.last(), tools.next()) {
        (Some(last), Some(_)) => Some(BASE64.encode(format!("{CURSOR}{}", last.name))),
        _ => None,
    };
    let mut result = ListToolsResult::with_all_items(page);
    result.next_cursor = next;
    // The list depends on the principal.
    result.cache_scope = Some(CacheScope::Private);
    Ok(result)
}

/// The name that the page begins after. It need not exist any more: the order is by name, so the place is still known.
fn parse(cursor: &str) -> Result<ToolName, ErrorData> {
    let name = BASE64.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.as_deref().and_then(|text| text.strip_prefix(CURSOR)).and_then(|name| name.parse().ok()).ok_or_else(
        || ErrorData::invalid_params("this is not a cursor of tools/list: leave it out to begin anew", None),
    )
}

/// A tool as clients see it: what it does for whoever asks. Clients of OAuth also see which scope it takes.
fn published(tool: &Tool, principal: &Principal, has_a_choice: bool) -> PublishedTool {
    let definition = &tool.definition;
    let access = tool.access_for(principal);
    let annotations = ToolAnnotations::from_raw(
        None,
        Some(access == Access::Reads),
        Some(access == Access::Destroys),
        Some(definition.idempotent),
        Some(reaches_outside(tool)),
    );
    let mut published = PublishedTool::new(
        definition.name.as_str().to_owned(),
        definition.description.clone(),
        input_schema(tool, principal, has_a_choice),
    );
    // A title that says what the name says costs every conversation and tells nobody anything.
    published.title =
        (!repeats(definition.name.as_str(), &definition.title)).then(|| definition.title.clone());
    published.output_schema = tool.output_schema.clone();
    published.annotations = Some(annotations);
    published.meta = (principal.kind == PrincipalKind::OAuth).then(|| security_schemes::of(definition.least));
    published
}

fn repeats(name: &str, title: &str) -> bool {
    title.to_lowercase().replace(' ', "_") == name
}

/// The arguments that are shown: no connection to who has one alone, and in a short list no idempotency key, which the instructions
/// tell of. Both are taken all the same.
fn input_schema(tool: &Tool, principal: &Principal, has_a_choice: bool) -> Arc<Map<String, Value>> {
    let is_short = principal.shown != Allowed::All;
    let left_out = [(CONNECTION_ID, !has_a_choice), (IDEMPOTENCY_KEY, is_short)];
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let has = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
    let left_out: Vec<&str> = left_out
        .into_iter()
        .filter(|(name, is_left_out)| *is_left_out && has(name))
        .map(|(name, _)| name)
        .collect();
    if left_out.is_empty() {
        return Arc::clone(&tool.input_schema);
    }
    let mut schema = Map::clone(&tool.input_schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for name in left_out {
            properties.shift_remove(name);
        }
    }
    Arc::new(schema)
}

/// Whether the tool's world is larger than this host: it uses Notion, or tools that may.
fn reaches_outside(tool: &Tool) -> bool {
    let asked = tool.provider.permissions().asked.names();
    asked.into_iter().any(CapabilityName::reaches_outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_ours_or_refused() {
        let good = BASE64.encode("1:notion_search");
        assert_eq!(parse(&good).unwrap().as_str(), "notion_search");
        for bad in
            ["", "x", "2", &BASE64.encode("2:echo"), &BASE64.encode("1:"), &BASE64.encode("1:../x"), "a=b"]
        {
            assert_eq!(parse(bad).unwrap_err().code.0, -32602, "{bad}");
        }
    }
}
