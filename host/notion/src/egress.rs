//! Notion as an outside of the gate.

use std::time::Instant;

use async_trait::async_trait;
use secrecy::SecretString;
use time::OffsetDateTime;
use toolbay_kernel::egress::{BudgetKey, Keys, Named, Sent};
use toolbay_kernel::gate::{Request, ResolvedRequest, Response};
use toolbay_kernel::narrowing::Narrowing;
use toolbay_kernel::recovery::Recovery;
use toolbay_kernel::{Code, Connection, Egress, Problem};

use crate::notion::Notion;
use crate::request::{NAME, NotionRequest};
use crate::{named, needed, recovery, routes};

#[async_trait]
impl Egress for Notion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Notion"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        routes::resolve(request).map(NotionRequest::resolved)
    }

    /// A connection is a workspace with a token, and Notion counts the requests of each token.
    fn keys(&self, _request: &ResolvedRequest, connection: Option<&Connection>) -> Result<Keys, Problem> {
        let Some(connection) = connection else {
            return Err(Problem::new(Code::InvalidInput, "this call has no Notion connection")
                .hint("set NOTION_TOKEN, or add a connection: toolbay connection add"));
        };
        Ok(Keys { budget: BudgetKey::Connection(connection.id), credential: Some(connection.id) })
    }

    async fn send(
        &self,
        request: &ResolvedRequest,
        credential: Option<&SecretString>,
        deadline: Instant,
    ) -> Sent {
        match (NotionRequest::of(request), credential) {
            (Some(request), Some(credential)) => self.client.send(request, credential, deadline).await,
            _ => Sent::Refused(Problem::new(Code::Failed, "the request is not one to Notion")),
        }
    }

    fn named(&self, request: &ResolvedRequest, response: &Response) -> Named {
        NotionRequest::of(request).map(|request| named::of(request, response)).unwrap_or_default()
    }

    fn recovery(
        &self,
        request: &ResolvedRequest,
        sent_at: OffsetDateTime,
        said: Option<&Problem>,
    ) -> Recovery {
        NotionRequest::of(request).map(|request| recovery::of(request, sent_at, said)).unwrap_or_default()
    }

    fn needed(&self, request: &ResolvedRequest) -> Vec<ResolvedRequest> {
        let needed = NotionRequest::of(request).map(needed::of).unwrap_or_default();
        needed.into_iter().map(NotionRequest::resolved).collect()
    }

    fn narrowing(&self) -> Option<&dyn Narrowing> {
        Some(self)
    }
}
