//! The mock host behind a [`Call`](crate::Call).

use serde_json::Value;

use super::bounds::Bounds;
use super::http::{self as web, HttpReply};
use super::script::{Replies, Reply, Scripted};
use super::sql::{self, SqlReply};
use super::{Line, MockHost, Progress, route};
use crate::host::{Context, Host, Zone, ask_for_all};
use crate::{
    Access, Connection, Database, Invocation, Level, Problem, Question, Refusal, Request, Response,
    SqlOutcome, Statement, http,
};

impl Host for MockHost {
    fn context(&self) -> Context {
        self.world.borrow().context.clone()
    }

    fn connections(&self, after: Option<&str>, max: u32) -> Result<Vec<Connection>, Problem> {
        let mut connections = self.world.borrow().connections.clone();
        connections.retain(|connection| after.is_none_or(|after| *connection.name > *after));
        connections.sort_by(|one, other| one.name.cmp(&other.name));
        connections.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(connections)
    }

    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) -> bool {
        let mut world = self.world.borrow_mut();
        world.progress.push(Progress { done, total, message: message.map(str::to_owned) });
        !world.caller_gone
    }

    fn send(&self, request: Request) -> Result<Response, Problem> {
        request.path.render()?;
        self.bounded(|bounds| bounds.request(&request))?;
        let reply = {
            let mut world = self.world.borrow_mut();
            world.requests.push(request.clone());
            match (world.notion.next(&request), &mut world.emulator) {
                (None, Some(emulator)) => return emulator.ask(&request),
                (reply, _) => reply,
            }
        };
        // A computed reply may ask this host, so the world is not borrowed here.
        match reply {
            Some(Scripted::Given(Reply(reply))) => reply,
            Some(Scripted::Computed(compute)) => compute(&request),
            None => Err(not_scripted(
                &format!("the request `{}`", route::line(&request)),
                &self.world.borrow().notion.known(),
            )),
        }
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Problem>> {
        ask_for_all(requests, Ok, |requests| requests.into_iter().map(|request| self.send(request)).collect())
    }

    fn databases(&self) -> Result<Vec<Database>, Problem> {
        self.bounded(Bounds::databases)?;
        Ok(self.world.borrow().databases.known.clone())
    }

    fn query(
        &self,
        database: &str,
        statement: Statement,
        _max_rows: Option<u32>,
    ) -> Result<SqlOutcome, Problem> {
        if !sql::is_query(&statement) {
            return Err(Problem::forbidden("A query reads, and this statement changes something."));
        }
        self.bounded(|bounds| bounds.statement(database, Access::Reads))?;
        self.statement(database, &statement)
    }

    fn execute(
        &self,
        database: &str,
        statements: Vec<Statement>,
        _max_rows: Option<u32>,
    ) -> Result<Vec<SqlOutcome>, Problem> {
        let access = statements.iter().map(sql::access).max().unwrap_or(Access::Reads);
        self.bounded(|bounds| bounds.statement(database, access))?;
        statements.iter().map(|statement| self.statement(database, statement)).collect()
    }

    fn http_send(&self, request: http::Request) -> Result<http::Response, Problem> {
        let subject = web::subject(&request);
        self.bounded(|bounds| bounds.http(&subject, request.method.access()))?;
        let mut world = self.world.borrow_mut();
        world.web.requests.push(request);
        match world.web.next(&subject) {
            Some(HttpReply(reply)) => reply,
            None => Err(not_scripted(&format!("the request `{subject}`"), &world.web.known())),
        }
    }

    fn http_send_all(&self, requests: Vec<http::Request>) -> Vec<Result<http::Response, Problem>> {
        requests.into_iter().map(|request| self.http_send(request)).collect()
    }

    fn invoke(&self, invocation: Invocation) -> Result<Value, Problem> {
        self.bounded(|bounds| bounds.invocation(&invocation.tool))?;
        let run = {
            let mut world = self.world.borrow_mut();
            world.invocations.push(invocation.clone());
            world.computed.get(&invocation.tool).cloned()
        };
        if let Some(run) = run {
            return (run.0)(&invocation);
        }
        let mut world = self.world.borrow_mut();
        match world.tools.get_mut(&invocation.tool).and_then(Replies::next) {
            Some(Reply(reply)) => reply.map(|response| response.body),
            None => Err(not_scripted(
                &format!("an invocation of `{}`", invocation.tool),
                &world.tools.keys().cloned().collect::<Vec<_>>(),
            )),
        }
    }

    fn invoke_all(&self, invocations: Vec<Invocation>) -> Vec<Result<Value, Problem>> {
        invocations.into_iter().map(|invocation| self.invoke(invocation)).collect()
    }

    fn check_all(&self, questions: Vec<Question>) -> Vec<Result<(), Refusal>> {
        let find = |question: Question| {
            self.bounded(|bounds| bounds.invocation(&question.invocation.tool))
                .map_err(|problem| Refusal { problem, has_looked: false })?;
            let check = {
                let mut world = self.world.borrow_mut();
                let check = world.checks.get(&question.invocation.tool).cloned();
                world.questions.push(question.clone());
                check
            };
            check.map_or(Ok(()), |check| (check.0)(&question))
        };
        questions.into_iter().map(find).collect()
    }

    fn state_get(&self, key: &str) -> Result<Option<Value>, Problem> {
        self.bounded(Bounds::state)?;
        Ok(self.world.borrow().state.get(key).cloned())
    }

    fn state_put(&self, key: &str, value: Value) -> Result<(), Problem> {
        self.bounded(Bounds::state)?;
        self.world.borrow_mut().state.insert(key.to_owned(), value);
        Ok(())
    }

    fn state_remove(&self, key: &str) -> Result<(), Problem> {
        self.bounded(Bounds::state)?;
        self.world.borrow_mut().state.remove(key);
        Ok(())
    }

    fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Problem> {
        self.bounded(Bounds::state)?;
        Ok(self.world.borrow().state.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    fn settings(&self) -> Result<Value, Problem> {
        Ok(self.world.borrow().settings.clone())
    }

    fn now_ms(&self) -> u64 {
        self.world.borrow().now_ms
    }

    fn calendar(&self) -> Zone {
        self.world.borrow().zone.clone()
    }

    fn random_bytes(&self, count: u32) -> Vec<u8> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut world = self.world.borrow_mut();
        std::iter::repeat_with(|| world.random()).flatten().take(count).collect()
    }

    fn log(&self, level: Level, message: &str) {
        self.world.borrow_mut().lines.push(Line { level, message: message.to_owned() });
    }
}

impl MockHost {
    /// What the test has scripted for a statement.
    fn statement(&self, database: &str, statement: &Statement) -> Result<SqlOutcome, Problem> {
        let mut world = self.world.borrow_mut();
        if !world.databases.known.iter().any(|known| known.name == database) {
            return Err(Problem::not_found(format!("There is no database `{database}`.")));
        }
        match world.databases.answer(database, statement) {
            Some(SqlReply(reply)) => reply,
            None => {
                Err(not_scripted(&format!("the statement `{}`", statement.sql), &world.databases.scripted()))
            }
        }
    }

    /// Holds what is asked against the run around it; a function that a test calls by itself has no bounds.
    fn bounded(&self, check: impl FnOnce(&Bounds) -> Result<(), Problem>) -> Result<(), Problem> {
        let bounds = self.world.borrow().bounds.clone();
        bounds.as_ref().map_or(Ok(()), check)
    }
}

fn not_scripted(asked: &str, known: &[String]) -> Problem {
    let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    Problem::failed(format!("The test has not scripted {asked}.")).hint(format!("Scripted: {known}."))
}
