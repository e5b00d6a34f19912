//! What [`Call`](crate::Call) needs from the host.

use serde_json::Value;
use toolbay_sdk_notion::jiff::civil::Weekday;

use crate::{
    Code, Connection, Database, Invocation, Level, Problem, Question, Refusal, Request, Response, SqlOutcome,
    Statement, http,
};

/// Facts about the running call.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) id: String,
    pub(crate) tool: String,
    pub(crate) connection_id: Option<String>,
    pub(crate) remaining_ms: u64,
}

/// By which clocks and weeks the host counts days.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: String,
    /// As RFC 9636 has them; none for UTC.
    pub(crate) rules: Vec<u8>,
    pub(crate) week_start: Weekday,
}

/// The host's functions. Lists of answers are as long as the lists of questions, in their order.
pub(crate) trait Host {
    fn context(&self) -> Context;
    fn connections(&self, after: Option<&str>, max: u32) -> Result<Vec<Connection>, Problem>;
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) -> bool;
    fn send(&self, request: Request) -> Result<Response, Problem>;
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Problem>>;
    fn databases(&self) -> Result<Vec<Database>, Problem>;
    fn query(
        &self,
        database: &str,
        statement: Statement,
        max_rows: Option<u32>,
    ) -> Result<SqlOutcome, Problem>;
    fn execute(
        &self,
        database: &str,
        statements: Vec<Statement>,
        max_rows: Option<u32>,
    ) -> Result<Vec<SqlOutcome>, Problem>;
    fn http_send(&self, request: http::Request) -> Result<http::Response, Problem>;
    fn http_send_all(&self, requests: Vec<http::Request>) -> Vec<Result<http::Response, Problem>>;
    fn invoke(&self, invocation: Invocation) -> Result<Value, Problem>;
    fn invoke_all(&self, invocations: Vec<Invocation>) -> Vec<Result<Value, Problem>>;
    fn check_all(&self, questions: Vec<Question>) -> Vec<Result<(), Refusal>>;
    fn state_get(&self, key: &str) -> Result<Option<Value>, Problem>;
    fn state_put(&self, key: &str, value: Value) -> Result<(), Problem>;
    fn state_remove(&self, key: &str) -> Result<(), Problem>;
    fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Problem>;
    fn settings(&self) -> Result<Value, Problem>;
    fn now_ms(&self) -> u64;
    fn calendar(&self) -> Zone;
    /// At most [`MAX_RANDOM_BYTES`].
    fn random_bytes(&self, count: u32) -> Vec<u8>;
    fn log(&self, level: Level, message: &str);
}

/// The host's limit on one request for random bytes.
pub(crate) const MAX_RANDOM_BYTES: u32 = 1_024;

/// Runs what can be run, and puts the answers between the refusals of what cannot even be asked.
pub(crate) fn ask_for_all<Q, P, A>(
    questions: Vec<Q>,
    prepare: impl Fn(Q) -> Result<P, Problem>,
    ask: impl FnOnce(Vec<P>) -> Vec<Result<A, Problem>>,
) -> Vec<Result<A, Problem>> {
    let mut prepared = Vec::with_capacity(questions.len());
    let refusals = questions
        .into_iter()
        .map(|question| match prepare(question) {
            Ok(question) => {
                prepared.push(question);
                None
            }
            Err(problem) => Some(problem),
        })
        .collect::<Vec<_>>();
    let mut answers = if prepared.is_empty() { Vec::new() } else { ask(prepared) }.into_iter();
    refusals
        .into_iter()
        .map(|refusal| match refusal {
            Some(problem) => Err(problem),
            None => answers.next().unwrap_or_else(|| {
                Err(Problem::new(Code::Failed, "The host gave fewer answers than it was asked for."))
            }),
        })
        .collect()
}
