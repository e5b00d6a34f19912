//! OpenAPI 3.1, derived from the catalog alone.
//!
//! A small document within the limits of GPT Actions for each profile, and one of everything. All are public, as clients
//! fetch them before they have a token; they name tools and schemas, and nothing that the tools can reach.

mod activity;
mod administration;
mod chat;
mod host;
mod operation;
mod path;
mod placed;
pub(crate) mod served;
mod shared;
mod typed;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use toolbay_kernel::profile::CORE_SIZE;
use toolbay_kernel::{Catalog, Profile, Profiles, Tool};

use self::operation::{Detail, at_other_routes, operation};
use self::placed::Placed;
use crate::GatewaySettings;

/// The profile of the document for Actions.
const CORE: &str = "core";

/// Most operations that Actions take in one document.
const MAX_OPERATIONS: usize = 30;

/// A document as it is sent.
#[derive(Clone)]
pub(crate) struct Document {
    pub(super) body: Bytes,
    pub(super) etag: HeaderValue,
}

/// The document of a profile, within the limits of Actions: few operations, short descriptions.
pub(crate) fn of_profile(catalog: &Catalog, profile: &Profile, settings: &GatewaySettings) -> Document {
    document_of(shown(catalog, profile), settings)
}

/// The document for Actions: the profile `core`. While that is the host's own, and a catalog has few of its tools, others
/// fill it up, so that a host with plugins of somebody else's has a document for Actions too.
pub(crate) fn small(catalog: &Catalog, settings: &GatewaySettings) -> Document {
    let own = Profiles::default();
    let (Some(core), own) = (settings.profiles.get(CORE), own.get(CORE)) else {
        return document(Map::new(), settings);
    };
    let mut tools = shown(catalog, core);
    if Some(core) == own {
        let others = catalog.tools().filter(|tool| !core.shows(tool));
        tools.extend(others.take(CORE_SIZE.saturating_sub(tools.len())));
    }
    document_of(tools, settings)
}

/// The tools of a profile, in its order, at most as many as Actions take.
fn shown<'a>(catalog: &'a Catalog, profile: &Profile) -> Vec<&'a Arc<Tool>> {
    let mut tools: Vec<_> = catalog.tools().filter(|tool| profile.shows(tool)).collect();
    tools.sort_by_key(|tool| profile.tools.iter().position(|name| name == tool.name()));
    tools.truncate(MAX_OPERATIONS);
    tools
}

fn document_of(tools: Vec<&Arc<Tool>>, settings: &GatewaySettings) -> Document {
    let mut paths = Map::new();
    for tool in tools {
        add(&mut paths, operation(tool, Detail::Short));
    }
    document(paths, settings)
}

/// The document of everything that the host answers.
pub(crate) fn full(catalog: &Catalog, settings: &GatewaySettings) -> Document {
    let mut paths = Map::new();
    // Tools first: one that has a route of the host's own is the one that answers there.
    for tool in catalog.tools() {
        add(&mut paths, operation(tool, Detail::Whole));
        at_other_routes(tool).for_each(|placed| add(&mut paths, placed));
    }
    for own in host::operations().into_iter().chain(administration::operations()) {
        add(&mut paths, own);
    }
    activity::operations().into_iter().for_each(|own| add(&mut paths, own));
    if settings.has_chat {
        chat::operations().into_iter().for_each(|own| add(&mut paths, own));
    }
    document(paths, settings)
}

fn add(paths: &mut Map<String, Value>, mut placed: Placed) {
    if let Some(known) = paths.keys().find(|known| path::is_same(known, &placed.path)) {
        placed = placed.named_as(known.clone());
    }
    let path = paths.entry(placed.path).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(methods) = path {
        methods.entry(placed.method).or_insert(placed.operation);
    }
}

/// The tags of operations, each once, in their order: generators make a class of each, and linters want them declared.
fn tags(paths: &Map<String, Value>) -> Vec<Value> {
    let operations = paths.values().filter_map(Value::as_object).flat_map(Map::values);
    let named = operations.filter_map(|operation| operation.pointer("/tags/0")?.as_str());
    let names: BTreeSet<&str> = named.collect();
    let described = |name: &str| json!({"name": name, "description": format!("What `{name}` provides.")});
    names.into_iter().map(described).collect()
}

fn document(paths: Map<String, Value>, settings: &GatewaySettings) -> Document {
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Toolbay",
            "version": settings.version,
            "description": "Every answer is an envelope of ok, result, error and meta: either result or error is null.",
        },
        "servers": [{"url": settings.origin()}],
        "security": [{"bearer": []}],
        "tags": tags(&paths),
        "paths": paths,
        "components": shared::components(),
    });
    let body = Bytes::from(document.to_string());
    let digest = Sha256::digest(&body);
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::try_from(format!("\"{short}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    Document { body, etag }
}
