//! Faults on demand: what a network and a busy service do to a client, chosen by a test.
//!
//! The ones that apply a write and then hide the answer are the reason for the emulator: Notion has
//! no idempotency keys, so a client that repeats a write blindly makes it twice.

use serde::{Deserialize, Serialize};

/// A fault, waiting for requests to its route.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fault {
    /// `POST /v1/pages`, `PATCH /v1/blocks/{block_id}/children`; `*` ends a prefix or stands for any
    /// method, and alone for every request.
    pub route: String,
    /// How many requests it meets; one by default, and for `read_lag` every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many requests pass unharmed first.
    #[serde(default)]
    pub after: u32,
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// A fault for one request to a route.
    #[must_use]
    pub fn new(route: &str, kind: FaultKind) -> Fault {
        Fault { route: route.to_owned(), times: None, after: 0, kind }
    }

    /// The same for several requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Fault {
        self.times = Some(times);
        self
    }

    /// The same after some requests passed.
    #[must_use]
    pub fn after(mut self, after: u32) -> Fault {
        self.after = after;
        self
    }
}

/// What a fault does.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// An error instead of the operation. Nothing is applied.
    Refuse {
        status: u16,
        code: String,
        #[serde(default)]
        message: Option<String>,
    },
    /// The connection closes. Nothing is applied.
    DropBefore,
    /// The write is applied, and the connection closes without an answer.
    ApplyThenDrop,
    /// The write is applied, and the answer is an error: 503 in Notion's envelope, which names what
    /// was committed, 502 and 504 as the HTML of a gateway.
    ApplyThenStatus {
        /// 502, 503 or 504.
        status: u16,
        /// Whether a 503 says what was committed; not every one does.
        #[serde(default = "yes")]
        guidance: bool,
    },
    #[serde(alias = "delay_ms")]
    Delay { delay_ms: u64 },
    /// 429. Nothing is applied.
    RateLimited {
        /// The wait that it asks for.
        #[serde(default = "one", alias = "retry_after")]
        retry_after_seconds: u64,
        /// `additional_data.rate_limit_reason`.
        #[serde(default = "rate_limit_reason")]
        reason: String,
    },
    /// 529. Nothing is applied.
    Overloaded {
        /// The wait that it asks for.
        #[serde(default = "one", alias = "retry_after")]
        retry_after_seconds: u64,
    },
    /// Reads see the workspace as it was this long ago.
    ReadLag {
        /// For how long a write stays unseen.
        lag_ms: u64,
    },
    /// The operation is done, and its answer waits: whoever gave up hears nothing of what was done.
    ApplyThenDelay { delay_ms: u64 },
    /// The operation is done; the answer has this body instead of its own, object or not.
    ApplyThenBody {
        /// What it has.
        body: serde_json::Value,
    },
    /// The operation is done; the answer lacks some of its members.
    ApplyThenWithout {
        #[serde(default = "id")]
        members: Vec<String>,
    },
    /// The operation is done; the body of the answer is cut off in the middle.
    Garbage,
    /// The operation is done; the body of the answer is longer than anybody should read.
    Huge {
        #[serde(default = "huge")]
        bytes: usize,
    },
}

fn yes() -> bool {
    true
}

fn id() -> Vec<String> {
    vec!["id".to_owned()]
}

fn one() -> u64 {
    1
}

fn huge() -> usize {
    64 * 1024 * 1024
}

fn rate_limit_reason() -> String {
    "public_api_request_rate_limit".to_owned()
}

/// The faults that wait.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Vec<Fault>,
}

impl Queue {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    /// Whether older workspaces have to be kept for reads that lag.
    pub(crate) fn lags(&self) -> bool {
        self.waiting.iter().any(|fault| matches!(fault.kind, FaultKind::ReadLag { .. }))
    }

    /// The next fault for a route, one of its times used up.
    pub(crate) fn take(&mut self, route: &str) -> Option<FaultKind> {
        self.take_any(&[route])
    }

    /// The same for a request that has several names.
    pub(crate) fn take_any(&mut self, routes: &[&str]) -> Option<FaultKind> {
        let is_for = |fault: &Fault| routes.iter().any(|route| fits(&fault.route, route));
        let place = self.waiting.iter().position(is_for)?;
        let fault = self.waiting.get_mut(place)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let kind = fault.kind.clone();
        let unlimited = matches!(kind, FaultKind::ReadLag { .. }) && fault.times.is_none();
        if !unlimited {
            let left = fault.times.unwrap_or(1).saturating_sub(1);
            fault.times = Some(left);
            if left == 0 {
                self.waiting.remove(place);
            }
        }
        Some(kind)
    }
}

/// Whether a pattern is for a route. Parameters are compared as `{}`, whatever their names.
fn fits(pattern: &str, route: &str) -> bool {
    let (pattern_method, pattern_path) = pattern.split_once(' ').unwrap_or(("*", pattern));
    let (route_method, route_path) = route.split_once(' ').unwrap_or(("", route));
    if pattern_method != "*" && !pattern_method.eq_ignore_ascii_case(route_method) {
        return false;
    }
    match pattern_path.strip_suffix('*') {
        Some(prefix) => anonymous(route_path).starts_with(&anonymous(prefix)),
        None => anonymous(route_path) == anonymous(pattern_path),
    }
}

fn anonymous(path: &str) -> String {
    let segments: Vec<&str> =
        path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_routes_with_any_parameter_name() {
        let route = "PATCH /v1/blocks/{block_id}/children";
        for pattern in ["PATCH /v1/blocks/{id}/children", "*", "PATCH *", "* /v1/blocks/*", route] {
            assert!(fits(pattern, route), "{pattern}");
        }
        for pattern in ["GET /v1/blocks/{id}/children", "PATCH /v1/blocks/{id}", "/v1/pages"] {
            assert!(!fits(pattern, route), "{pattern}");
        }
    }

    #[test]
    fn a_fault_meets_as_many_requests_as_it_says_after_those_it_lets_pass() {
        let mut queue = Queue::default();
        queue.push(Fault::new("POST /v1/pages", FaultKind::DropBefore).times(2).after(1));
        let taken: Vec<bool> = (0..4).map(|_| queue.take("POST /v1/pages").is_some()).collect();
        assert_eq!(taken, [false, true, true, false]);
    }
}
