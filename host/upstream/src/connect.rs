//! A conversation with a server, begun: the transport, and which revision of the protocol both know.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::ProtocolVersion;
use rmcp::service::{
    ClientCacheConfig, ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RoleClient,
    RunningService,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Redaction, printable};

use crate::child::{ChildTransport, LastWords};
use crate::events::EventTransport;
use crate::failure::{self, Failure};
use crate::listener::Listener;
use crate::paced::{Bearer, Paced};
use crate::redacted::Redacted;
use crate::settings::{HttpSettings, MAX_MESSAGE, StdioSettings, TransportSettings};

/// Time for the beginning: a program of an interpreter takes seconds to start.
const CONNECT_TIME: Duration = Duration::from_secs(30);

/// Longest text of a server's that is quoted, in bytes.
const MAX_QUOTED: usize = 300;

/// Requests on their way to one server at the same time.
const AT_ONCE: usize = 64;

/// A conversation.
pub(crate) type Conversation = RunningService<RoleClient, Listener>;

/// Why no conversation was begun.
pub(crate) struct NotConnected {
    pub(crate) why: String,
    /// Whether it is the credential that it refused.
    pub(crate) is_unauthorized: bool,
}

impl From<String> for NotConnected {
    fn from(why: String) -> Self {
        Self { why, is_unauthorized: false }
    }
}

/// Begins a conversation; answers why not in words.
pub(crate) async fn connect(
    name: &UpstreamName,
    transport: &TransportSettings,
    bearer: &Bearer,
    listener: Listener,
) -> Result<Conversation, NotConnected> {
    let begun = tokio::time::timeout(CONNECT_TIME, begin(name, transport, bearer, listener));
    let conversation = begun.await.map_err(|_| late(transport))??;
    // An old list in the place of a failure would hide that the server is away.
    conversation.set_response_cache_config(ClientCacheConfig::disabled()).await;
    Ok(conversation)
}

/// Why a conversation that hasn't begun in its time hasn't.
fn late(transport: &TransportSettings) -> String {
    let late = format!("it didn't answer within {} s", CONNECT_TIME.as_secs());
    match transport {
        TransportSettings::Stdio(_) => {
            format!(
                "{late}; what is downloaded when it starts for the first time is there sooner once it was started by hand"
            )
        }
        _ => late,
    }
}

async fn begin(
    name: &UpstreamName,
    transport: &TransportSettings,
    bearer: &Bearer,
    listener: Listener,
) -> Result<Conversation, NotConnected> {
    let given = Arc::new(transport.redaction().map_err(|error| error.to_string())?);
    match transport {
        TransportSettings::Stdio(settings) => {
            // A program that is slow to start would answer a probe for the newest revision when nobody waits for it any more. What speaks over
            // standard input knows the older beginning, or says at once that it doesn't.
            let first = ClientLifecycleMode::Initialize;
            let begun = over_stdio(name, settings, &given, listener.clone(), first).await;
            match begun {
                Err(NotBegun::Talk(error, _)) if matches!(*error, ClientInitializeError::JsonRpcError(_)) => {
                    let newest =
                        ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::LATEST] };
                    over_stdio(name, settings, &given, listener, newest).await
                }
                begun => begun,
            }
            .map_err(|not_begun| match not_begun {
                NotBegun::Start(why) => why,
                NotBegun::Talk(error, said) => with_last_words(&in_words(&error), &said),
            })
            .map_err(Into::into)
        }
        TransportSettings::Http(settings) => {
            let transport = StreamableHttpClientTransport::with_client(
                Paced::new(settings.client.clone(), bearer.clone()),
                http(settings)?,
            );
            let transport = Redacted::new(transport, given, bearer.clone());
            listener.serve_with_lifecycle(transport, lifecycle()).await.map_err(|error| NotConnected {
                why: in_words(&error),
                is_unauthorized: matches!(failure_of(&error), Some(Failure::Unauthorized)),
            })
        }
        TransportSettings::Sse(settings) => {
            let transport = EventTransport::open(settings).await.map_err(|error| error.to_string())?;
            let transport = Redacted::new(transport, given, bearer.clone());
            // Nothing newer speaks this transport.
            listener
                .serve_with_lifecycle(transport, ClientLifecycleMode::Initialize)
                .await
                .map_err(|error| in_words(&error).into())
        }
    }
}

/// Why a program isn't talked to.
enum NotBegun {
    Start(String),
    Talk(Box<ClientInitializeError>, LastWords),
}

async fn over_stdio(
    name: &UpstreamName,
    settings: &StdioSettings,
    given: &Arc<Redaction>,
    listener: Listener,
    lifecycle: ClientLifecycleMode,
) -> Result<Conversation, NotBegun> {
    let transport = ChildTransport::start(name, settings, given).await.map_err(NotBegun::Start)?;
    let said = transport.last_words();
    let transport = Redacted::new(transport, Arc::clone(given), Bearer::default());
    listener
        .serve_with_lifecycle(transport, lifecycle)
        .await
        .map_err(|error| NotBegun::Talk(Box::new(error), said))
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
        // A call in a session that the server says it has lost isn't sent a second time by itself: nobody knows what became of it.
        .reinit_on_expired_session(false)
        .max_sse_event_size(MAX_MESSAGE)
        .max_json_response_size(MAX_MESSAGE))
}

/// What an error of HTTP means.
fn failure_of(error: &ClientInitializeError) -> Option<Failure> {
    match error {
        ClientInitializeError::TransportError { error, .. } => {
            Some(failure::of_sending(error.error.as_ref()))
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => failure_of(fallback),
        _ => None,
    }
}

/// Why a conversation didn't begin. An error of HTTP is told by its kind: its own words hold the address, which may hold a key.
fn in_words(error: &ClientInitializeError) -> String {
    if let Some(failure) = failure_of(error) {
        return failure.to_string();
    }
    match error {
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => in_words(fallback),
        ClientInitializeError::JsonRpcError(said) => {
            format!("it refused to begin: {}", printable::line(&said.message, MAX_QUOTED))
        }
        ClientInitializeError::ConnectionClosed(_) => "it ended before the conversation began".to_owned(),
        ClientInitializeError::NoCompatibleProtocolVersion { .. } => {
            "it speaks no revision of the protocol that is known here".to_owned()
        }
        _ => "it doesn't begin as the protocol says".to_owned(),
    }
}

fn with_last_words(error: &str, said: &LastWords) -> String {
    match said.get() {
        Some(line) => format!("{error}; it said: {line}"),
        None => error.to_owned(),
    }
}
