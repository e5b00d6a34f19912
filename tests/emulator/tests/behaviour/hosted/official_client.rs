//! The official client of the protocol, in both eras.

use rmcp::model::{CallToolRequestParams, ClientConfig, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::json;

use super::client::World;

async fn works(lifecycle: ClientLifecycleMode, version: ProtocolVersion) {
    let world = World::start().await;
    let pair = world.connect().await;
    let config =
        StreamableHttpClientTransportConfig::with_uri(world.hosted().url()).auth_header(pair.access());
    let transport = StreamableHttpClientTransport::with_client(world.http.clone(), config);
    let client = ClientConfig::default().serve_with_lifecycle(transport, lifecycle).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().any(|tool| tool.name == "notion-create-comment"));
    let arguments = json!({ "page_id": world.emulator.ids().root_page, "markdown": "Seen." });
    let call = CallToolRequestParams::new("notion-create-comment")
        .with_arguments(arguments.as_object().unwrap().clone());
    let result = client.call_tool(call).await.unwrap();
    assert_eq!(result.is_error, Some(false));
    assert_eq!(world.emulator.writes().len(), 1);
    let spoken: Vec<String> = world
        .hosted()
        .trail()
        .iter()
        .filter_map(|one| one.headers.get("mcp-protocol-version").cloned())
        .collect();
    assert!(spoken.iter().all(|spoken| *spoken == version.to_string()), "{spoken:?}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn it_works_without_a_session() {
    let newest = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::LATEST] };
    works(newest, ProtocolVersion::LATEST).await;
}

#[tokio::test]
async fn it_works_in_a_session() {
    works(ClientLifecycleMode::Initialize, ProtocolVersion::LATEST_WITH_INITIALIZE).await;
}
