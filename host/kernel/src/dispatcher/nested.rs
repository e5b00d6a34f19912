//! Calls that other calls make: what a provider asks of the host that runs it.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde_json::Value;

use super::Dispatcher;
use super::parent::Parent;
use crate::answer::Answer;
use crate::arguments::{self, CONNECTION_ID, IDEMPOTENCY_KEY};
use crate::call::{Call, CheckedJob, Host};
use crate::check::{Check, Checked, Question};
use crate::effects::Effects;
use crate::gate::{Request, Response};
use crate::id::ConnectionId;
use crate::invocation::{Invocation, Outcome};
use crate::passage::Passage;
use crate::principal::{Allowed, Connection, Principal};
use crate::problem::{Code, Problem};
use crate::progress::Silent;
use crate::surface::Surface;
use crate::validated::validated;

impl Dispatcher {
    /// A call of the same principal within another call's time, that nobody listens to and nothing records.
    fn nested(parent: &Call, tool: String, arguments: Value) -> Invocation {
        Invocation {
            tool,
            arguments,
            principal: parent.principal_of_inner(),
            surface: Surface::Tool,
            progress: Arc::new(Silent),
            cancel: parent.budget.cancel.clone(),
            execution: parent.execution.unrecorded(),
            key: None,
            is_driven: false,
            as_job: None,
            // The call around it says what it may do.
            asks_first: false,
            trace: parent.trace.clone(),
        }
    }

    /// Runs a tool for another call.
    async fn run_within(&self, invocation: Invocation, parent: Parent<'_>) -> Outcome {
        let budget = Arc::clone(&parent.call.budget);
        let effects = Effects::within(Some(Arc::clone(&parent.call.effects)));
        self.run(&Passage::begin(budget, effects), invocation, Some(parent)).await
    }
}

#[async_trait]
impl Host for Dispatcher {
    async fn send(&self, call: &Call, position: String, request: Request) -> Result<Response, Problem> {
        self.inner.gate.send(call, position, request).await
    }

    /// Runs a tool for another call: the same principal, connection and budget, one level deeper.
    async fn invoke(
        &self,
        parent: &Arc<Call>,
        position: String,
        tool: String,
        arguments: Value,
    ) -> Result<Value, Problem> {
        let invocation = Invocation {
            progress: Arc::clone(&parent.progress),
            execution: parent.execution.clone(),
            ..Self::nested(parent, tool, arguments)
        };
        let check = parent.check.clone();
        let parent_of = Parent { call: parent, position, check };
        let outcome = self.run_within(invocation, parent_of).await;
        outcome.result.map(Answer::for_tool)
    }

    /// Checks whether a tool would take a call from another one.
    async fn check(&self, parent: &Arc<Call>, question: Question) -> Checked {
        let Question { tool, arguments, open, extent } = question;
        let check = Arc::new(Check::new(extent, open));
        let begun = Parent { call: parent, position: String::new(), check: Some(Arc::clone(&check)) };
        let invocation = Self::nested(parent, tool, arguments);
        let running = self.run_within(invocation, begun);
        let refusal = tokio::select! {
            biased;
            () = check.ended() => None,
            outcome = running => outcome.result.err(),
        };
        Checked { refusal, has_looked: check.has_looked() }
    }

    async fn connections(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, Problem> {
        Ok(self.inner.connections.page(allowed, after, max).await?)
    }

    /// Whether a job may call the tool with these arguments: what the door would refuse of them is refused before the
    /// job is kept.
    async fn check_job(
        &self,
        principal: &Principal,
        name: &str,
        arguments: &Value,
    ) -> Result<CheckedJob, Problem> {
        let tool = self.find(name, principal)?;
        if !tool.provider.is_replayable() {
            return Err(Problem::new(Code::InvalidInput, format!("`{name}` can't be a job"))
                .hint("a job runs a tool that works on Notion, such as bulk"));
        }
        let (arguments, reserved) = arguments::take(arguments.clone(), &self.inner.limits)?;
        for (name, is_given) in
            [(CONNECTION_ID, reserved.connection.is_some()), (IDEMPOTENCY_KEY, reserved.key.is_some())]
        {
            if is_given {
                return Err(Problem::new(
                    Code::InvalidInput,
                    format!("`{name}` is for the job, not for its tool"),
                )
                .hint("send it beside `kind`"));
            }
        }
        validated(&tool, arguments, &[]).await?;
        self.inner.throttle.count(principal, tool.name(), false, Instant::now()).await?;
        Ok(CheckedJob { tool: tool.name().clone(), system: tool.system.clone() })
    }
}
