//! Notion as an outside of the gate.

use std::time::Instant;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;
use toolbay_kernel::egress::{BudgetKey, Keys, Named, Sent};
use toolbay_kernel::gate::{Method, Request, ResolvedRequest, Response};
use toolbay_kernel::narrowing::Narrowing;
use toolbay_kernel::recovery::Recovery;
use toolbay_kernel::{Access, Code, Connection, Egress, Problem, System};
use toolbay_sdk_notion::{NotionId, Object};

use crate::notion::Notion;
use crate::request::{NAME, NotionRequest};
use crate::{doubt, named, needed, recovery, routes};

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
        // What opens an account elsewhere is none of Notion's.
        if connection.system != System::Notion {
            let message = format!("the connection `{}` is not to Notion", connection.name);
            return Err(Problem::new(Code::Forbidden, message));
        }
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

    fn recalled(&self, words: &Value) -> Option<ResolvedRequest> {
        NotionRequest::recalled(words).map(NotionRequest::resolved)
    }

    fn request_id(&self, answer: Result<&Response, &Problem>) -> Option<String> {
        named::request_id(answer)
    }

    /// Pages, databases and blocks have links, which Notion leads to where they are shown.
    fn place_of(&self, route: &str, id: &str) -> Option<String> {
        let (_, path) = route.split_once(' ')?;
        let kind = path.strip_prefix("/v1/")?.split('/').next()?;
        let is_shown = matches!(kind, "pages" | "blocks" | "databases" | "data_sources");
        let id: NotionId = id.parse().ok().filter(|_| is_shown)?;
        Some(format!("https://www.notion.so/{}", id.undashed()))
    }

    /// The body. What a credential is sent in is none of the words.
    fn written(&self, words: &Value) -> Option<Value> {
        NotionRequest::recalled(words)?.body
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

    fn doubt(&self, request: &ResolvedRequest) -> Option<ResolvedRequest> {
        NotionRequest::of(request).and_then(doubt::of).map(NotionRequest::resolved)
    }

    fn judged(&self, request: &ResolvedRequest, seen: &Response) -> Access {
        NotionRequest::of(request).map_or(request.access, |request| doubt::judged(request, seen.body.value()))
    }

    fn object_in(&self, text: &str) -> Option<String> {
        // A path of a raw request names its object among its segments.
        let parts = text.strip_prefix("/v1/").map_or_else(|| vec![text], |path| path.split('/').collect());
        let found = |text: &&str| {
            let kinds = [Object::PageOrDatabase, Object::Anything].into_iter();
            kinds.filter_map(|kind| kind.find_unless_name(text).ok().flatten()).next()
        };
        parts.iter().find_map(found).map(|id| id.to_string())
    }

    /// A page, a database and a block answer as blocks; the others by themselves.
    fn showing(&self, object: &str) -> Vec<Request> {
        let read = |path: String| Request {
            egress: NAME,
            method: Method::Get,
            path,
            query: Vec::new(),
            body: None,
            max_age: None,
        };
        ["blocks", "data_sources", "views", "comments"]
            .map(|kind| read(format!("/v1/{kind}/{object}")))
            .into()
    }

    fn narrowing(&self) -> Option<&dyn Narrowing> {
        Some(self)
    }
}
