//! A conversation with a server, begun: the transport, and which revision of the protocol both know.

use std::time::Duration;

use rmcp::model::ProtocolVersion;
use rmcp::service::{
    ClientCacheConfig, ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RoleClient,
    RunningService,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use toolbay_kernel::printable;
use toolbay_kernel::upstream::UpstreamName;

use crate::child::{ChildTransport, LastWords};
use crate::events::EventTransport;
use crate::listener::Listener;
use crate::settings::{HttpSettings, MAX_MESSAGE, TransportSettings};

/// Time for the beginning: a program of an interpreter takes seconds to start.
const CONNECT_TIME: Duration = Duration::from_secs(30);

/// Requests on their way to one server at the same time.
const AT_ONCE: usize = 64;

/// A conversation.
pub(crate) type Conversation = RunningService<RoleClient, Listener>;

/// Begins a conversation; answers why not in words.
pub(crate) async fn connect(
    name: &UpstreamName,
    transport: &TransportSettings,
    listener: Listener,
) -> Result<Conversation, String> {
    let begun = tokio::time::timeout(CONNECT_TIME, begin(name, transport, listener));
    let conversation =
        begun.await.map_err(|_| format!("it didn't answer within {} s", CONNECT_TIME.as_secs()))??;
    // An old list in the place of a failure would hide that the server is away.
    conversation.set_response_cache_config(ClientCacheConfig::disabled()).await;
    Ok(conversation)
}

async fn begin(
    name: &UpstreamName,
    transport: &TransportSettings,
    listener: Listener,
) -> Result<Conversation, String> {
    match transport {
        TransportSettings::Stdio(settings) => {
            let started = ChildTransport::start(name, settings);
            let transport = started.map_err(|error| format!("it can't be started: {error}"))?;
            let said = transport.last_words();
            listener
                .serve_with_lifecycle(transport, lifecycle())
                .await
                .map_err(|error| with_last_words(&in_words(&error), &said))
        }
        TransportSettings::Http(settings) => {
            let transport =
                StreamableHttpClientTransport::with_client(settings.client.clone(), http(settings)?);
            listener.serve_with_lifecycle(transport, lifecycle()).await.map_err(|error| in_words(&error))
        }
        TransportSettings::Sse(settings) => {
            let transport = EventTransport::open(settings).await?;
            // Nothing newer speaks this transport.
            listener
                .serve_with_lifecycle(transport, ClientLifecycleMode::Initialize)
                .await
                .map_err(|error| in_words(&error))
        }
    }
}

/// The newest revision first, and the older ones with their beginning where a server doesn't know it.
fn lifecycle() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::LATEST],
        legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
    }
}

fn http(settings: &HttpSettings) -> Result<StreamableHttpClientTransportConfig, String> {
    Ok(StreamableHttpClientTransportConfig::with_uri(settings.url.as_str())
        .custom_headers(settings.headers()?)
        .max_concurrent_requests(AT_ONCE)
        .max_sse_event_size(MAX_MESSAGE)
        .max_json_response_size(MAX_MESSAGE))
}

fn in_words(error: &ClientInitializeError) -> String {
    if error.is_authorization_required() {
        return "it wants to be authorised".to_owned();
    }
    printable::line(&error.to_string(), 300)
}

fn with_last_words(error: &str, said: &LastWords) -> String {
    match said.get() {
        Some(line) => format!("{error}; it said: {line}"),
        None => error.to_owned(),
    }
}
