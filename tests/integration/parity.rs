//! Parity: the same arguments give the same answer over MCP and over REST, for every tool.

use std::collections::BTreeSet;

use notion_emulator::Seed;
use serde_json::{Value, json};

use crate::cases::{BUILT_IN, Case, cases};
use crate::harness::TestHost;

/// Two hosts, each with a workspace of its own: after a write the second surface must not find the first one's traces.
#[tokio::test(flavor = "multi_thread")]
async fn every_tool_answers_alike_over_mcp_and_rest() {
    let over_mcp = TestHost::start(&BUILT_IN).await;
    let over_rest = TestHost::start(&BUILT_IN).await;
    let ids = over_mcp.emulator.ids();
    let mut differing = Vec::new();
    let mut used = BTreeSet::new();
    for Case { tool, arguments, succeeds } in cases(&ids) {
        used.insert(tool.to_owned());
        for host in [&over_mcp, &over_rest] {
            assert_eq!(host.emulator.reset(Seed::Default), ids, "a reset gives the same ids");
        }
        let message = over_mcp.modern("tools/call", json!({"name": tool, "arguments": arguments})).await;
        let (_, envelope) = over_rest.call(tool, arguments.clone()).await;
        let (mcp, rest) = (answer_of_mcp(&message), answer_of_rest(&envelope));
        if mcp.is_ok() != succeeds {
            differing.push(format!("{tool} {arguments}: expected success {succeeds}, got {mcp:#?}"));
        } else if mcp != rest {
            differing.push(format!("{tool} {arguments}\n  MCP:  {mcp:?}\n  REST: {rest:?}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));

    let catalog = over_mcp.host().gateway.catalogs.current();
    let published: BTreeSet<String> = catalog.tools().map(|tool| tool.name().to_string()).collect();
    assert_eq!(used, published, "every tool has a case, and every case a tool");
    over_mcp.stop().await;
    over_rest.stop().await;
}

/// The data of a result, or code, message and hint of the problem.
fn answer_of_mcp(message: &Value) -> Result<Value, Value> {
    let result = &message["result"];
    if result["isError"] == json!(true) {
        return Err(said(&result["_meta"]["toolbay/error"]));
    }
    let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {message:#}"));
    let data: Value = serde_json::from_str(text).unwrap();
    if let Some(structured) = result.get("structuredContent") {
        assert_eq!(*structured, data);
    }
    Ok(timeless(data))
}

fn answer_of_rest(envelope: &Value) -> Result<Value, Value> {
    if envelope["ok"] == json!(true) {
        Ok(timeless(envelope["result"].clone()))
    } else {
        Err(said(&envelope["error"]))
    }
}

fn said(error: &Value) -> Value {
    json!([error["code"], error["message"], error["hint"]])
}

/// Without the times that the two workspaces gave their objects, a moment apart, and the ids that hosts draw by chance.
fn timeless(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "created_time" | "last_edited_time" | "job_id"))
            .map(|(name, member)| (name, timeless(member)))
            .collect(),
        other => other,
    }
}
