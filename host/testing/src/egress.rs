//! An outside that answers what a test wants.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Egress, Keys, Named, Sent};
use toolbay_kernel::gate::{CachePolicy, Method, Request, ResolvedRequest, Response};
use toolbay_kernel::recovery::{Probe, Recovery, Verdict};
use toolbay_kernel::{Access, CapabilityName, Code, Connection, Problem};

use crate::store::MemoryStore;

/// The id of the object that every write's answer shows.
pub const PAGE: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// A few routes of an outside that goes by the name of `notion`. It answers what was put into `answers`, and else that all
/// went well.
#[derive(Default)]
pub struct ScriptedEgress {
    /// Lets others go first where it does.
    pub store: Arc<MemoryStore>,
    /// What it answers next.
    pub answers: Mutex<VecDeque<Sent>>,
    /// What it was sent.
    pub requests: Mutex<Vec<ResolvedRequest>>,
    /// What a look shows, where there is one.
    pub probe: Mutex<Option<Shown>>,
    /// Writes that are never answered: so many are, before.
    pub hangs_after: Mutex<Option<usize>>,
    /// Whether what hangs ends at its deadline, as it must.
    pub heeds_deadlines: AtomicBool,
    /// How long a write takes.
    pub slow_writes_ms: AtomicU64,
    /// How long a read takes.
    pub slow_reads_ms: AtomicU64,
}

impl ScriptedEgress {
    /// The capability of reads.
    pub const READ: CapabilityName = CapabilityName::new(0, "notion.read");

    /// The capability of writes.
    pub const WRITE: CapabilityName = CapabilityName::new(1, "notion.write");

    const DESTROY: CapabilityName = CapabilityName::new(2, "notion.destroy");

    /// One that lets others go first where this store does.
    #[must_use]
    pub fn beside(store: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self { store: Arc::clone(store), ..Self::default() })
    }

    /// A request to it.
    #[must_use]
    pub fn request(method: Method, path: &str) -> Request {
        let path = path.to_owned();
        Request { egress: "notion", method, path, query: Vec::new(), body: None, max_age: None }
    }

    /// The routes that it was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        self.requests.lock().iter().map(ResolvedRequest::route).collect()
    }

    /// Whether this request never gets an answer.
    fn hangs(&self, request: &ResolvedRequest) -> bool {
        match &mut *self.hangs_after.lock() {
            Some(0) => request.writes(),
            Some(left) if request.writes() => {
                *left -= 1;
                false
            }
            _ => false,
        }
    }
}

#[async_trait]
impl Egress for ScriptedEgress {
    fn name(&self) -> &'static str {
        "notion"
    }

    fn title(&self) -> &'static str {
        "Notion"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        let address = "v1/pages".to_owned();
        let kept = CachePolicy::Keeps(address.clone());
        let folder = request.path.split('/').nth(2).unwrap_or_default();
        let (route, access, cache) = match (request.method, folder) {
            (Method::Get, "users") => ("/v1/users/me", Access::Reads, CachePolicy::None),
            (Method::Get, "data_sources") => ("/v1/data_sources/{data_source_id}", Access::Reads, kept),
            (Method::Get, "pages") => ("/v1/pages/{page_id}", Access::Reads, CachePolicy::None),
            (Method::Delete, "blocks") => ("/v1/blocks/{block_id}", Access::Destroys, CachePolicy::Changes),
            (Method::Patch, "data_sources") => {
                ("/v1/data_sources/{data_source_id}", Access::Writes, CachePolicy::Changes)
            }
            (Method::Post, "pages") => ("/v1/pages", Access::Writes, CachePolicy::None),
            _ => return Err(Problem::new(Code::Forbidden, "no such route")),
        };
        let method = request.method.as_str().to_owned();
        let target = if access == Access::Reads { String::new() } else { "a thing".to_owned() };
        let summary = WriteName { method, route: route.to_owned(), target };
        let payload = json!([request.method.as_str(), request.query, request.body]);
        let capability = match access {
            Access::Reads => Self::READ,
            Access::Writes => Self::WRITE,
            Access::Destroys => Self::DESTROY,
        };
        let is_repeatable = request.method == Method::Patch;
        let resolved = ResolvedRequest::new(capability, access, summary, Arc::new(payload));
        Ok(ResolvedRequest { is_repeatable, cache, address, ..resolved })
    }

    fn keys(&self, _: &ResolvedRequest, connection: Option<&Connection>) -> Result<Keys, Problem> {
        let no_connection = || {
            Problem::new(Code::InvalidInput, "this call has no Notion connection")
                .hint("set NOTION_TOKEN, or add a connection: toolbay connection add")
        };
        let id = connection.ok_or_else(no_connection)?.id;
        Ok(Keys { budget: BudgetKey::Connection(id), credential: Some(id) })
    }

    fn named(&self, _: &ResolvedRequest, response: &Response) -> Named {
        let object = response.body.get("id").and_then(|id| id.as_str()).map(str::to_owned);
        Named { ids: object.iter().cloned().collect(), object, unnamed_below: Vec::new() }
    }

    fn recalled(&self, words: &Value) -> Option<ResolvedRequest> {
        let path = match words.get(0)?.as_str()? {
            "POST" => "/v1/pages",
            _ => return None,
        };
        self.resolve(Self::request(Method::Post, path)).ok()
    }

    fn request_id(&self, answer: Result<&Response, &Problem>) -> Option<String> {
        let told = match answer {
            Ok(response) => response.body.get("request_id"),
            Err(problem) => problem.details.as_ref().and_then(|details| details.get("request_id")),
        };
        told.and_then(|id| id.as_str()).map(str::to_owned)
    }

    fn recovery(&self, _: &ResolvedRequest, _sent_at: OffsetDateTime, _said: Option<&Problem>) -> Recovery {
        let probe = self.probe.lock().clone().map(|probe| Box::new(probe) as Box<dyn Probe>);
        Recovery { probe, since: None }
    }

    async fn send(&self, request: &ResolvedRequest, _: Option<&SecretString>, deadline: Instant) -> Sent {
        self.store.give_way().await;
        self.requests.lock().push(request.clone());
        self.store.give_way().await;
        let slow = if request.writes() { &self.slow_writes_ms } else { &self.slow_reads_ms };
        let slow = slow.load(Ordering::Relaxed);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(slow)).await;
        }
        if self.hangs(request) {
            if self.heeds_deadlines.load(Ordering::Relaxed) {
                tokio::time::sleep_until(deadline.into()).await;
                return Sent::Unknown(Problem::new(Code::UpstreamFailed, "Notion did not answer in time"));
            }
            std::future::pending::<()>().await;
        }
        let scripted = self.answers.lock().pop_front();
        scripted.unwrap_or_else(|| Sent::Answered(Response { status: 200, body: json!({"id": PAGE}).into() }))
    }
}

/// A look that shows what a test says.
#[derive(Debug, Clone)]
pub enum Shown {
    CarriedOut,
    Made,
    Nothing,
    /// That nothing is there which it could have made.
    Absent,
}

impl Probe for Shown {
    #[expect(clippy::unwrap_used, reason = "it is one of the routes")]
    fn look(&self) -> ResolvedRequest {
        let page = ScriptedEgress::request(Method::Get, "/v1/pages/x");
        ScriptedEgress::default().resolve(page).unwrap()
    }

    fn judge(&self, seen: &Result<Response, Problem>, is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let Ok(seen) = seen.clone() else { return Verdict::NotSeen };
        match self {
            Self::CarriedOut => Verdict::CarriedOut(seen),
            Self::Made if !is_another(PAGE) => Verdict::Made(seen),
            Self::Made | Self::Nothing => Verdict::NotSeen,
            Self::Absent => Verdict::Absent,
        }
    }
}
