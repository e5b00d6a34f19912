//! `toolbay:sql/databases`: statements for databases, through the gate.
//!
//! Names, statements and values are passed on as they are: the gate trusts nothing in them.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use toolbay_kernel::gate::{Method, Request};
use toolbay_kernel::sql::{
    EGRESS, SqlAnswer, SqlDatabases, SqlEngine, SqlOutcome, SqlRequest, SqlStatement, SqlValue,
};
use toolbay_kernel::{Code, Problem};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::plugin::types;
use crate::bindings::toolbay::sql::databases;

type Answer<T> = Result<T, types::Problem>;

impl databases::Host for super::CallState {
    async fn all(&mut self) -> wasmtime::Result<Answer<Vec<databases::Database>>> {
        let request = request(Method::Get, "", None);
        let answer = self.ask::<SqlDatabases>("sql.all", request).await?;
        Ok(answer.map(|answer| answer.databases.into_iter().map(Into::into).collect()))
    }

    async fn query(
        &mut self,
        database: String,
        statement: databases::Statement,
        max_rows: Option<u32>,
    ) -> wasmtime::Result<Answer<databases::Outcome>> {
        let asked = SqlRequest { statements: vec![statement.into()], max_rows };
        let answer = self.ask::<SqlAnswer>("sql.query", request(Method::Get, &database, Some(asked))).await?;
        Ok(answer.and_then(|answer| {
            answer.outcomes.into_iter().next().map(Into::into).ok_or_else(|| to_guest(unreadable()))
        }))
    }

    async fn execute(
        &mut self,
        database: String,
        statements: Vec<databases::Statement>,
        max_rows: Option<u32>,
    ) -> wasmtime::Result<Answer<Vec<databases::Outcome>>> {
        let statements = statements.into_iter().map(Into::into).collect();
        let asked = SqlRequest { statements, max_rows };
        let answer =
            self.ask::<SqlAnswer>("sql.execute", request(Method::Post, &database, Some(asked))).await?;
        Ok(answer.map(|answer| answer.outcomes.into_iter().map(Into::into).collect()))
    }
}

impl super::CallState {
    /// Sends a request through the gate, and reads its answer.
    async fn ask<T: DeserializeOwned>(
        &mut self,
        function: &'static str,
        request: Result<Request, Problem>,
    ) -> wasmtime::Result<Answer<T>> {
        let running = self.enter(function)?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        let request = match request {
            Ok(request) => request,
            Err(problem) => return Ok(Err(to_guest(problem))),
        };
        let answer = on_main(&self.meter, &main, call.send(request)).await?;
        Ok(answer
            .and_then(|response| serde_json::from_str(response.body.text()).map_err(|_| unreadable()))
            .map_err(to_guest))
    }
}

fn request(method: Method, database: &str, asked: Option<SqlRequest>) -> Result<Request, Problem> {
    let body = asked.map(serde_json::to_value).transpose().map_err(|_| {
        Problem::new(Code::InvalidInput, "The statements can't be passed on.").hint("Give plain values.")
    })?;
    let path = format!("/{database}");
    Ok(Request { egress: EGRESS, method, path, query: Vec::new(), body, max_age: None })
}

fn unreadable() -> Problem {
    Problem::new(Code::Failed, "The answer of the database can't be read.")
}

impl From<toolbay_kernel::sql::SqlDatabase> for databases::Database {
    fn from(database: toolbay_kernel::sql::SqlDatabase) -> Self {
        let engine = match database.engine {
            SqlEngine::Sqlite => databases::Engine::Sqlite,
            SqlEngine::Postgres => databases::Engine::Postgres,
        };
        Self { name: database.name, engine, writes: database.writes }
    }
}

impl From<databases::Statement> for SqlStatement {
    fn from(statement: databases::Statement) -> Self {
        Self { sql: statement.sql, parameters: statement.parameters.into_iter().map(Into::into).collect() }
    }
}

impl From<SqlOutcome> for databases::Outcome {
    fn from(outcome: SqlOutcome) -> Self {
        let row = |row: Vec<SqlValue>| row.into_iter().map(Into::into).collect();
        Self {
            columns: outcome.columns,
            rows: outcome.rows.into_iter().map(row).collect(),
            more: outcome.more,
            changes: outcome.changes,
        }
    }
}

impl From<databases::Value> for SqlValue {
    fn from(value: databases::Value) -> Self {
        match value {
            databases::Value::Null => Self::Null,
            databases::Value::Boolean(value) => Self::Boolean(value),
            databases::Value::Integer(value) => Self::Integer(value),
            databases::Value::Real(value) => Self::Real(value),
            databases::Value::Text(value) => Self::Text(value),
            databases::Value::Blob(value) => Self::Blob(value),
        }
    }
}

impl From<SqlValue> for databases::Value {
    fn from(value: SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Boolean(value) => Self::Boolean(value),
            SqlValue::Integer(value) => Self::Integer(value),
            SqlValue::Real(value) => Self::Real(value),
            SqlValue::Text(value) => Self::Text(value),
            SqlValue::Blob(value) => Self::Blob(value),
        }
    }
}
