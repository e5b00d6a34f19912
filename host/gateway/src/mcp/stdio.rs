//! MCP over the standard input and output of the process.

use std::sync::Arc;

use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::io::stdio_pipes;
use rmcp::{RoleServer, ServiceExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use toolbay_kernel::Principal;

use super::endpoint::MAX_BODY_BYTES;
use super::handler::{Caller, Handler};
use super::shared::Shared;
use crate::Gateway;

/// Why the conversation over stdio ended other than by its client's going.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    /// The client did not begin as either era of the protocol does.
    #[error("the client did not begin as MCP does: {0}")]
    Beginning(#[from] Box<ServerInitializeError>),
    /// The task that serves it failed.
    #[error("serving the client failed: {0}")]
    Failed(#[from] tokio::task::JoinError),
}

/// Serves one client over the process's standard input and output, as `principal`, until the input ends.
///
/// Nothing else may write to the standard output meanwhile: logs belong to the standard error.
///
/// # Errors
///
/// When the client doesn't speak MCP, or serving fails.
pub async fn stdio(gateway: Arc<Gateway>, principal: Arc<Principal>) -> Result<(), StdioError> {
    let (input, output) = stdio_pipes();
    converse(gateway, principal, input, output).await
}

/// [`stdio`], over any pair of streams.
///
/// # Errors
///
/// Those of [`stdio`].
pub async fn converse(
    gateway: Arc<Gateway>,
    principal: Arc<Principal>,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), StdioError> {
    let handler = Handler::new(Arc::new(Shared::new(gateway)), Caller::Process(principal));
    let transport =
        AsyncRwTransport::<RoleServer, _, _>::new(input, output).with_max_line_length(MAX_BODY_BYTES);
    let serving = match handler.serve(transport).await {
        Ok(serving) => serving,
        // The client went before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(StdioError::Beginning(Box::new(error))),
    };
    match serving.waiting().await? {
        QuitReason::JoinError(error) => Err(error.into()),
        _ => Ok(()),
    }
}
