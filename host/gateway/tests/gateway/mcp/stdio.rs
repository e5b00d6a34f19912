//! MCP over standard input and output.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use toolbay_kernel::Principal;

use super::message::{LEGACY, MODERN};
use crate::harness::{Host, definitions};

#[tokio::test]
async fn stdio_serves_both_eras() {
    let host = Host::new();
    for era in [LEGACY, MODERN] {
        let (client, server) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(server);
        let principal = Arc::new(Principal::operator());
        let serving =
            tokio::spawn(toolbay_gateway::mcp::converse(Arc::clone(&host.gateway), principal, input, output));
        let (reader, mut writer) = tokio::io::split(client);
        let mut lines = BufReader::new(reader).lines();
        let mut meta = json!({});
        if era == LEGACY {
            let params = json!({"protocolVersion": era, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
            let opening = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
            writer.write_all(format!("{opening}\n").as_bytes()).await.unwrap();
            let opened: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            assert_eq!(opened["result"]["protocolVersion"], era);
            writer
                .write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
                .await
                .unwrap();
        } else {
            meta = json!({
                "io.modelcontextprotocol/protocolVersion": era,
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let params = json!({"name": "add", "arguments": {"a": 1, "b": 2}, "_meta": meta});
        let call = json!({"jsonrpc": "2.0", "id": "call", "method": "tools/call", "params": params});
        writer.write_all(format!("{call}\n").as_bytes()).await.unwrap();
        let answer: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], "call");
        assert_eq!(answer["result"]["structuredContent"], json!({"sum": 3}));
        if era == LEGACY {
            host.publish(&definitions());
            let told: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            assert_eq!(told["method"], "notifications/tools/list_changed");
        }
        drop((lines, writer));
        serving.await.unwrap().unwrap();
    }
}
