//! One request through all checks, in Notion's order (recorded): the body is read, then the URL, the
//! credential, the version, the path, the query string, the body's schema; only then is anything
//! looked up. Faults strike between the version and the path.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::call::{Call, SentFile, check_id};
use crate::check::{credential, json_body, problem, query_string};
use crate::clock::to_millisecond;
use crate::errors::{Refusal, invalid_url};
use crate::faults::FaultKind;
use crate::handlers::Answer;
use crate::incoming::Incoming;
use crate::model::integration::Integration;
use crate::options::Options;
use crate::record::{Exchange, Recorder};
use crate::references;
use crate::reply::{Reply, disguised, early_refusal, json_reply, refused};
use crate::routes::{Era, Handler, Route};
use crate::schemas::bodies;
use crate::state::{State, Write};
use crate::version;

/// What all requests of one emulator share.
pub(crate) struct Gate {
    pub(crate) options: Options,
    pub(crate) base: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) state: Mutex<State>,
    pub(crate) recorder: Mutex<Recorder>,
}

/// A request that was admitted as far as its route's own checks.
struct Admitted<'a> {
    route: &'a Route,
    parameters: BTreeMap<&'static str, String>,
    integration: Arc<Integration>,
    version: &'static str,
    body: Value,
    fault: Option<FaultKind>,
}

impl Gate {
    pub(crate) async fn answer_uncounted(&self, incoming: &Incoming, counted: &mut Option<String>) -> Reply {
        *counted = self.route_of(incoming).map(|(route, _)| route.name());
        let request_id = self.state.lock().request_ids.uuid();
        let body = match json_body::read(incoming.content_type.as_deref(), &incoming.bytes) {
            Ok(body) => body,
            Err(json_body::Unreadable::TooLarge) => return self.too_large(&request_id),
            Err(json_body::Unreadable::Refused(refusal)) => return refused(&refusal, &request_id),
        };
        let sent = body.clone();
        let admitted = match self.admit(incoming, body) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.record(incoming, None, &sent, refusal.status, &refusal.body(&request_id));
                return refused(&refusal, &request_id);
            }
        };
        let name = admitted.route.name();
        let fault = admitted.fault.clone();
        if let Some(FaultKind::Delay { delay_ms }) = &fault {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        if let Some(FaultKind::DropBefore) = &fault {
            return Reply::Drop;
        }
        let version = admitted.version;
        let outcome = match early_refusal(fault.as_ref()) {
            Some(refusal) => Err(refusal),
            None => self.run(incoming, admitted, &sent),
        };
        let (status, value, committed) = match outcome {
            Err(refusal) => {
                self.record(incoming, Some(&name), &sent, refusal.status, &refusal.body(&request_id));
                return refused(&refusal, &request_id);
            }
            Ok(Answer { status, mut body, committed, names_request }) => {
                version::antiquate(version, &mut body);
                if names_request {
                    crate::json::put(&mut body, "request_id", json!(request_id));
                }
                (status, body, committed)
            }
        };
        self.record(incoming, Some(&name), &sent, status, &value);
        if let Some(FaultKind::ApplyThenDelay { delay_ms }) = &fault {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        disguised(fault.as_ref(), status, &value, committed.as_ref(), &request_id)
    }

    fn too_large(&self, request_id: &str) -> Reply {
        let error_id = self.state.lock().request_ids.uuid();
        let body = json!({
            "isNotionError": false,
            "errorId": error_id,
            "name": "PayloadTooLargeError",
            "message": "Request body too large.",
            "code": 413,
        });
        json_reply(413, &body, request_id, None)
    }

    fn route_of(&self, incoming: &Incoming) -> Option<(&Route, BTreeMap<&'static str, String>)> {
        let path = incoming.path.strip_suffix('/').unwrap_or(&incoming.path);
        self.routes
            .iter()
            .find_map(|route| route.matches(&incoming.method, path).map(|parameters| (route, parameters)))
    }

    fn admit(&self, incoming: &Incoming, mut body: Value) -> Result<Admitted<'_>, Refusal> {
        let (route, parameters) = self.route_of(incoming).ok_or_else(invalid_url)?;
        let token = credential::bearer(incoming.authorization.as_deref())?;
        let mut state = self.state.lock();
        let integration = state
            .workspace
            .integrations
            .iter()
            .find(|integration| integration.token.token == token)
            .cloned()
            .ok_or_else(credential::unknown_token)?;
        state.limiter.admit(token, Instant::now())?;
        let version = credential::version(incoming.version.as_deref())?;
        let split = version >= "2025-09-03";
        if route.era == Era::DataSources && !split || route.era == Era::Legacy && split {
            return Err(invalid_url());
        }
        version::modernize(version, route, &mut body);
        let fault = state.faults.take(&route.name());
        Ok(Admitted { route, parameters, integration, version, body, fault })
    }

    /// Runs an operation for somebody who was admitted elsewhere. Nothing counts it, and no fault strikes it.
    pub(crate) fn run_for(
        &self,
        integration: Arc<Integration>,
        incoming: &Incoming,
        body: Value,
    ) -> Result<Value, Refusal> {
        let (route, parameters) = self.route_of(incoming).ok_or_else(invalid_url)?;
        let sent = body.clone();
        let admitted =
            Admitted { route, parameters, integration, version: version::NEWEST, body, fault: None };
        self.run(incoming, admitted, &sent).map(|answer| answer.body)
    }

    fn run(&self, incoming: &Incoming, admitted: Admitted<'_>, sent: &Value) -> Result<Answer, Refusal> {
        let Admitted { route, parameters, integration, version, body, fault } = admitted;
        for (name, value) in &parameters {
            if !["property_id", "task_id"].contains(name) {
                check_id(name, value)?;
            }
        }
        let (query, filter_properties) = read_query(incoming, route)?;
        let shape = if version < "2025-09-03" && route.template == "/v1/search" {
            Some(bodies::search(true))
        } else {
            None
        };
        let shape = shape.as_ref().unwrap_or(&route.body);
        if let Some(refusal) = problem::refusal("body", &shape.problems("body", &body)) {
            return Err(refusal);
        }
        let mut state = self.state.lock();
        let call = Call {
            integration,
            version,
            parameters,
            query,
            filter_properties,
            body,
            now: state.clock.now(),
            base: self.base.clone(),
            file: incoming.file.as_ref().map(|file| SentFile {
                filename: file.filename.clone(),
                content_type: file.content_type.clone(),
                size: file.size,
                part_number: file.part_number.clone(),
            }),
        };
        call.need(route.capability)?;
        match &route.handler {
            Handler::Read(handler) => {
                let workspace = match fault {
                    Some(FaultKind::ReadLag { lag_ms }) => state.lagging(Duration::from_millis(lag_ms)),
                    _ => Arc::clone(&state.workspace),
                };
                // Reads don't hold the lock: the workspace that they see can't change.
                drop(state);
                handler(&call, &workspace)
            }
            Handler::Write(handler) => {
                references::check(&call, &state.workspace, &call.body)?;
                let mut workspace = (*state.workspace).clone();
                workspace.touched = crate::model::Touched::default();
                let answer = handler(&call, &mut workspace)?;
                let touched = std::mem::take(&mut workspace.touched);
                state.commit(workspace);
                let write = Write {
                    seq: state.writes.len() as u64 + 1,
                    at: to_millisecond(call.now),
                    token: call.bot().to_owned(),
                    method: incoming.method.clone(),
                    path: incoming.path.clone(),
                    route: route.name(),
                    body: sent.clone(),
                    created: touched.created,
                    changed: touched.changed,
                };
                state.writes.push(write);
                Ok(answer)
            }
        }
    }

    fn record(&self, incoming: &Incoming, route: Option<&str>, body: &Value, status: u16, response: &Value) {
        let mut recorder = self.recorder.lock();
        if recorder.wants() {
            recorder.write(Exchange {
                method: incoming.method.clone(),
                route: route.map(str::to_owned),
                path: incoming.path.clone(),
                query: incoming.query.clone(),
                version: incoming.version.clone(),
                request_body: body.clone(),
                status,
                response_body: response.clone(),
            });
        }
    }
}

type Query = (Map<String, Value>, Option<Vec<String>>);

fn read_query(incoming: &Incoming, route: &Route) -> Result<Query, Refusal> {
    let query_string::QueryString { mut members, filter_properties } = query_string::read(&incoming.query)?;
    if !route.reads_filter_properties
        && let Some(names) = &filter_properties
    {
        members.insert("filter_properties".to_owned(), json!(names));
    }
    let value = Value::Object(members);
    if let Some(refusal) = problem::refusal("query", &route.query.problems("query", &value)) {
        return Err(refusal);
    }
    let Value::Object(members) = value else { return Ok((Map::new(), filter_properties)) };
    Ok((members, filter_properties))
}
