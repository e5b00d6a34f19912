//! What a server lists, read page by page and tool by tool.

use std::collections::HashSet;
use std::time::Duration;

use rmcp::ServiceError;
use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams, ServerResult, Tool};
use rmcp::service::{Peer, PeerRequestOptions, RoleClient};
use serde_json::Value;
use toolbay_kernel::upstream::UpstreamTool;

use crate::definition;

/// Tools of one server.
const MAX_TOOLS: usize = 5_000;

/// Bytes of all their definitions.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Pages of its list that are asked for.
const MAX_PAGES: usize = 200;

/// Refusals that are kept.
const MAX_REFUSED: usize = 100;

/// Time for one page.
pub(crate) const PAGE_TIME: Duration = Duration::from_secs(30);

/// What a server lists.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) tools: Vec<UpstreamTool>,
    /// What of it can't be a tool here, and why.
    pub(crate) refused: Vec<String>,
    names: HashSet<String>,
    bytes: usize,
}

/// Asks for the whole list.
pub(crate) async fn list(peer: &Peer<RoleClient>) -> Result<Listed, ServiceError> {
    let mut listed = Listed::default();
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let params = Some(PaginatedRequestParams::default().with_cursor(cursor));
        let request = ListToolsRequest { params, ..ListToolsRequest::default() };
        let options = PeerRequestOptions::with_timeout(PAGE_TIME);
        let asked = peer.send_request_with_option(ClientRequest::ListToolsRequest(request), options).await?;
        cursor = match asked.await_response().await? {
            ServerResult::ListToolsResult(page) => {
                for tool in page.tools {
                    if !listed.take(tool) {
                        return Ok(listed);
                    }
                }
                page.next_cursor
            }
            // One tool that is no tool makes the page none: the others are read by themselves.
            ServerResult::CustomResult(page) => {
                let Some(Value::Array(tools)) = page.0.get("tools").cloned() else {
                    return Err(ServiceError::UnexpectedResponse);
                };
                for tool in tools {
                    match serde_json::from_value::<Tool>(tool) {
                        Ok(tool) => {
                            if !listed.take(tool) {
                                return Ok(listed);
                            }
                        }
                        Err(error) => listed.refuse(format!("what it lists is no tool: {error}")),
                    }
                }
                page.0.get("nextCursor").and_then(Value::as_str).map(str::to_owned)
            }
            _ => return Err(ServiceError::UnexpectedResponse),
        };
        if cursor.is_none() {
            return Ok(listed);
        }
    }
    listed.refuse(format!("its list has more than {MAX_PAGES} pages"));
    Ok(listed)
}

impl Listed {
    /// Takes a tool in; false when there is no room for another.
    fn take(&mut self, tool: Tool) -> bool {
        let tool = match definition::kept(tool) {
            Ok(tool) => tool,
            Err(refusal) => {
                self.refuse(refusal);
                return true;
            }
        };
        self.bytes += tool.definition.to_string().len();
        if self.tools.len() >= MAX_TOOLS || self.bytes > MAX_BYTES {
            let mib = MAX_BYTES / (1024 * 1024);
            self.refuse(format!("only the first {MAX_TOOLS} tools or {mib} MiB of definitions are taken"));
            return false;
        }
        // Of two tools of one name the first is meant.
        if self.names.insert(tool.name.clone()) {
            self.tools.push(tool);
        }
        true
    }

    fn refuse(&mut self, refusal: String) {
        if self.refused.len() < MAX_REFUSED {
            self.refused.push(refusal);
        }
    }
}
