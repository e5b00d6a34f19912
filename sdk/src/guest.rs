//! The real host, through the component's imports.

use crate::bindings::toolbay::http::client;
use crate::bindings::toolbay::notion::api;
use crate::bindings::toolbay::plugin::{ambient, call, logging, settings, state, tools, types};
use crate::bindings::toolbay::sql::databases;
use crate::host::{Context, Host, Zone, ask_for_all};
use crate::{
    Code, Connection, Database, Engine, Extent, Invocation, Level, Method, Problem, Question, Refusal,
    Request, Response, SqlOutcome, SqlValue, Statement, http,
};
use serde_json::Value;
use toolbay_sdk_notion::jiff::civil::Weekday;
use toolbay_sdk_notion::json_text;

/// How many of a list the host takes at once.
const BATCH: usize = 100;

/// The host of this component.
#[derive(Debug)]
pub(crate) struct Guest;

impl Host for Guest {
    fn context(&self) -> Context {
        let context = call::current();
        Context {
            id: context.call_id,
            tool: context.tool,
            connection_id: context.connection_id,
            remaining_ms: context.remaining_ms,
        }
    }

    fn connections(&self, after: Option<&str>, max: u32) -> Result<Vec<Connection>, Problem> {
        let connections = call::connections(after, max)?;
        let converted = |connection: call::Connection| Connection {
            id: connection.id,
            name: connection.name,
            workspace_name: connection.workspace_name,
        };
        Ok(connections.into_iter().map(converted).collect())
    }

    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) -> bool {
        call::report_progress(done, total, message)
    }

    fn send(&self, request: Request) -> Result<Response, Problem> {
        received(api::send(&outgoing(request)?))
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Problem>> {
        ask_for_all(requests, outgoing, |requests| {
            requests.chunks(BATCH).flat_map(api::send_all).map(received).collect()
        })
    }

    fn databases(&self) -> Result<Vec<Database>, Problem> {
        Ok(databases::all()?.into_iter().map(Into::into).collect())
    }

    fn query(
        &self,
        database: &str,
        statement: Statement,
        max_rows: Option<u32>,
    ) -> Result<SqlOutcome, Problem> {
        Ok(databases::query(database, &statement.into(), max_rows)?.into())
    }

    fn execute(
        &self,
        database: &str,
        statements: Vec<Statement>,
        max_rows: Option<u32>,
    ) -> Result<Vec<SqlOutcome>, Problem> {
        let statements: Vec<databases::Statement> = statements.into_iter().map(Into::into).collect();
        Ok(databases::execute(database, &statements, max_rows)?.into_iter().map(Into::into).collect())
    }

    fn http_send(&self, request: http::Request) -> Result<http::Response, Problem> {
        told(client::send(&asking(request)))
    }

    fn http_send_all(&self, requests: Vec<http::Request>) -> Vec<Result<http::Response, Problem>> {
        let asked = requests.len();
        let requests: Vec<_> = requests.into_iter().map(asking).collect();
        let mut answers: Vec<_> = requests.chunks(BATCH).flat_map(client::send_all).map(told).collect();
        answers.resize_with(asked, || {
            Err(Problem::failed("The host gave fewer answers than it was asked for."))
        });
        answers
    }

    fn invoke(&self, invocation: Invocation) -> Result<Value, Problem> {
        parsed(tools::invoke(&invoked(invocation)))
    }

    fn invoke_all(&self, invocations: Vec<Invocation>) -> Vec<Result<Value, Problem>> {
        let invocations = invocations.into_iter().map(invoked).collect::<Vec<_>>();
        invocations.chunks(BATCH).flat_map(tools::invoke_all).map(parsed).collect()
    }

    fn check_all(&self, questions: Vec<Question>) -> Vec<Result<(), Refusal>> {
        let asked = questions.len();
        let questions: Vec<_> = questions.into_iter().map(in_question).collect();
        let mut findings: Vec<_> = tools::check_all(&questions)
            .into_iter()
            .map(|finding| {
                finding.map_err(|refusal| Refusal {
                    problem: refusal.problem.into(),
                    has_looked: refusal.has_looked,
                })
            })
            .collect();
        findings.resize_with(asked, || {
            let problem = Problem::failed("The host gave fewer answers than it was asked for.");
            Err(Refusal { problem, has_looked: false })
        });
        findings
    }

    fn state_get(&self, key: &str) -> Result<Option<Value>, Problem> {
        state::get(key)?.map(|text| Ok(json_text::parse(&text)?)).transpose()
    }

    fn state_put(&self, key: &str, value: Value) -> Result<(), Problem> {
        Ok(state::put(key, &value.to_string())?)
    }

    fn state_remove(&self, key: &str) -> Result<(), Problem> {
        Ok(state::remove(key)?)
    }

    fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Problem> {
        Ok(state::keys(prefix)?)
    }

    fn settings(&self) -> Result<Value, Problem> {
        Ok(json_text::parse(&settings::all())?)
    }

    fn now_ms(&self) -> u64 {
        ambient::now_ms()
    }

    fn calendar(&self) -> Zone {
        let calendar = ambient::calendar();
        Zone {
            name: calendar.time_zone,
            rules: calendar.rules,
            week_start: match calendar.week_start {
                ambient::Weekday::Monday => Weekday::Monday,
                ambient::Weekday::Tuesday => Weekday::Tuesday,
                ambient::Weekday::Wednesday => Weekday::Wednesday,
                ambient::Weekday::Thursday => Weekday::Thursday,
                ambient::Weekday::Friday => Weekday::Friday,
                ambient::Weekday::Saturday => Weekday::Saturday,
                ambient::Weekday::Sunday => Weekday::Sunday,
            },
        }
    }

    fn random_bytes(&self, count: u32) -> Vec<u8> {
        ambient::random_bytes(count)
    }

    fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Trace => logging::Level::Trace,
            Level::Debug => logging::Level::Debug,
            Level::Info => logging::Level::Info,
            Level::Warn => logging::Level::Warn,
            Level::Error => logging::Level::Error,
        };
        logging::log(level, message);
    }
}

fn asking(request: http::Request) -> client::Request {
    client::Request {
        method: match request.method {
            http::Method::Get => client::Method::Get,
            http::Method::Head => client::Method::Head,
            http::Method::Options => client::Method::Options,
            http::Method::Post => client::Method::Post,
            http::Method::Put => client::Method::Put,
            http::Method::Patch => client::Method::Patch,
            http::Method::Delete => client::Method::Delete,
        },
        url: request.url,
        query: request.query,
        headers: request.headers,
        body: request.body.map(|body| match body {
            http::Body::Text(text) => client::Body::Text(text),
            http::Body::Bytes(bytes) => client::Body::Bytes(bytes),
        }),
    }
}

fn told(response: Result<client::Response, types::Problem>) -> Result<http::Response, Problem> {
    let response = response?;
    let body = match response.body {
        client::Body::Text(text) => http::Body::Text(text),
        client::Body::Bytes(bytes) => http::Body::Bytes(bytes),
    };
    Ok(http::Response { status: response.status, headers: response.headers, body })
}

fn outgoing(request: Request) -> Result<api::Request, Problem> {
    Ok(api::Request {
        method: match request.method {
            Method::Get => api::Method::Get,
            Method::Post => api::Method::Post,
            Method::Patch => api::Method::Patch,
            Method::Delete => api::Method::Delete,
        },
        path: request.path.render()?,
        query: request.query,
        body: request.body.map(|body| body.to_string()),
        max_age_ms: request.max_age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
    })
}

fn received(response: Result<api::Response, types::Problem>) -> Result<Response, Problem> {
    let response = response?;
    Ok(Response { status: response.status, body: json_text::parse(&response.body)? })
}

fn invoked(invocation: Invocation) -> tools::Invocation {
    tools::Invocation { tool: invocation.tool, arguments: invocation.arguments.to_string() }
}

fn in_question(question: Question) -> tools::Question {
    tools::Question {
        invocation: invoked(question.invocation),
        open: question.open,
        extent: match question.extent {
            Extent::Arguments => tools::Extent::Arguments,
            Extent::FirstWrite => tools::Extent::FirstWrite,
        },
    }
}

fn parsed(answer: Result<String, types::Problem>) -> Result<Value, Problem> {
    Ok(json_text::parse(&answer?)?)
}

impl From<databases::Database> for Database {
    fn from(database: databases::Database) -> Self {
        let engine = match database.engine {
            databases::Engine::Sqlite => Engine::Sqlite,
            databases::Engine::Postgres => Engine::Postgres,
        };
        Self { name: database.name, engine, writes: database.writes }
    }
}

impl From<Statement> for databases::Statement {
    fn from(statement: Statement) -> Self {
        let value = |value: SqlValue| match value {
            SqlValue::Null => databases::Value::Null,
            SqlValue::Boolean(value) => databases::Value::Boolean(value),
            SqlValue::Integer(value) => databases::Value::Integer(value),
            SqlValue::Real(value) => databases::Value::Real(value),
            SqlValue::Text(value) => databases::Value::Text(value),
            SqlValue::Blob(value) => databases::Value::Blob(value),
        };
        Self { sql: statement.sql, parameters: statement.parameters.into_iter().map(value).collect() }
    }
}

impl From<databases::Outcome> for SqlOutcome {
    fn from(outcome: databases::Outcome) -> Self {
        let value = |value: databases::Value| match value {
            databases::Value::Null => SqlValue::Null,
            databases::Value::Boolean(value) => SqlValue::Boolean(value),
            databases::Value::Integer(value) => SqlValue::Integer(value),
            databases::Value::Real(value) => SqlValue::Real(value),
            databases::Value::Text(value) => SqlValue::Text(value),
            databases::Value::Blob(value) => SqlValue::Blob(value),
        };
        let row = |row: Vec<databases::Value>| row.into_iter().map(value).collect();
        Self {
            columns: outcome.columns,
            rows: outcome.rows.into_iter().map(row).collect(),
            more: outcome.more,
            changes: outcome.changes,
        }
    }
}

impl From<types::Problem> for Problem {
    fn from(problem: types::Problem) -> Self {
        let mut converted = Self::new(problem.code.into(), problem.message);
        converted.hint = problem.hint;
        converted.details = problem.details.and_then(|details| json_text::parse(&details).ok()).map(Box::new);
        converted
    }
}

impl From<Problem> for types::Problem {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code.into(),
            message: problem.message,
            hint: problem.hint,
            details: problem.details.map(|details| details.to_string()),
        }
    }
}

impl From<types::ProblemCode> for Code {
    fn from(code: types::ProblemCode) -> Self {
        match code {
            types::ProblemCode::InvalidInput => Self::InvalidInput,
            types::ProblemCode::NotFound => Self::NotFound,
            types::ProblemCode::Forbidden => Self::Forbidden,
            types::ProblemCode::Conflict => Self::Conflict,
            types::ProblemCode::RateLimited => Self::RateLimited,
            types::ProblemCode::LimitExceeded => Self::LimitExceeded,
            types::ProblemCode::UpstreamFailed => Self::UpstreamFailed,
            types::ProblemCode::OutcomeUnknown => Self::OutcomeUnknown,
            types::ProblemCode::Cancelled => Self::Cancelled,
            types::ProblemCode::Failed => Self::Failed,
        }
    }
}

impl From<Code> for types::ProblemCode {
    fn from(code: Code) -> Self {
        match code {
            Code::InvalidInput => Self::InvalidInput,
            Code::NotFound => Self::NotFound,
            Code::Forbidden => Self::Forbidden,
            Code::Conflict => Self::Conflict,
            Code::RateLimited => Self::RateLimited,
            Code::LimitExceeded => Self::LimitExceeded,
            Code::UpstreamFailed => Self::UpstreamFailed,
            Code::OutcomeUnknown => Self::OutcomeUnknown,
            Code::Cancelled => Self::Cancelled,
            Code::Failed => Self::Failed,
        }
    }
}
