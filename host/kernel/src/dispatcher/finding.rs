//! What a call is of: the tool that was named, and the connection that it works on.

use std::sync::Arc;

use serde_json::Value;

use crate::bound;
use crate::call::Call;
use crate::catalog::CatalogHandle;
use crate::chosen::{self, Called, Candidates, Choice};
use crate::gate::EffectGate;
use crate::ports::Connections;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::run::{IdempotencyKey, Runs};
use crate::sighted::Sighted;
use crate::tool::Tool;

/// The connection of a call that names none of several: that of the run that has its key, or the one that shows what its
/// arguments name.
pub(super) async fn look_for_connection(
    (gate, sighted): (&EffectGate, &Sighted),
    (runs, connections): (&dyn Runs, &dyn Connections),
    call: &Call,
    key: Option<&IdempotencyKey>,
    candidates: Candidates,
    arguments: &Value,
) -> Result<Connection, Problem> {
    if let Some(key) = key
        && let Some(Some(id)) = runs.keyed(call.principal.id, &call.tool, &key.digest()).await?
        && let Some(own) = match candidates.of(id) {
            Some(own) => Some(own.clone()),
            None => connections.connection(&call.principal.connections, id).await?,
        }
    {
        return Ok(own);
    }
    sighted.choose(gate, call, candidates, arguments).await
}

/// The tool of a name, if the principal may use it.
pub(super) fn find(
    catalogs: &CatalogHandle,
    name: &str,
    principal: &Principal,
) -> Result<Arc<Tool>, Problem> {
    let catalog = catalogs.current();
    // A tool that the principal may not use is not there for them.
    match catalog.get(name).filter(|tool| tool.is_open_to(principal)) {
        Some(tool) => Ok(Arc::clone(tool)),
        None => {
            if catalog.get(name).is_some_and(|tool| tool.is_shared && principal.may_name(tool.name()))
                && !principal.uses_shared
            {
                return Err(not_shared(name));
            }
            // One that they may use only to do less than it does is named, with who could let them.
            if let Some(tool) = catalog.get(name).filter(|tool| principal.may_name(tool.name())) {
                return Err(bound::beyond(tool.definition.least, &format!("`{name}`"), principal));
            }
            let name: String = name.chars().take(80).collect();
            if let Some(loading) = catalogs.loading() {
                return Err(loading.problem(&format!("there is no tool `{name}` yet")));
            }
            let hint = match catalog.nearest_name(&name, principal) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "list the tools that you may use: GET /v1/tools, or tools/list over MCP".to_owned(),
            };
            Err(Problem::new(Code::NotFound, format!("there is no tool `{name}`")).hint(hint))
        }
    }
}

/// The connection that a call works on: the one that it names, or that of the call around it.
pub(super) async fn choose_connection(
    connections: &dyn Connections,
    tool: &Tool,
    principal: &Principal,
    wanted: Option<Called>,
    outer: Option<&Call>,
) -> Result<Choice, Problem> {
    if let Some(outer) = outer {
        return match (&outer.connection, wanted) {
            // A tool on Notion calls one of an MCP server: the account there is another connection.
            (own, None) if tool.works_apart_from(own.as_ref()) => {
                chosen::choose(connections, principal, None, tool.system.as_ref()).await
            }
            (Some(own), Some(Called::Id(wanted))) if own.id != wanted => Err(elsewhere()),
            (Some(own), Some(Called::Name(wanted))) if own.name != wanted => Err(elsewhere()),
            (own, _) => Ok(Choice::Made(own.clone())),
        };
    }
    if !tool.uses_connection {
        return Ok(Choice::Made(None));
    }
    chosen::choose(connections, principal, wanted, tool.system.as_ref()).await
}

/// The refusal of a tool that works on what is the operator's, to somebody who has signed in.
fn not_shared(name: &str) -> Problem {
    let message = format!("`{name}` works on what is the operator's, which is not for people who sign in");
    Problem::new(Code::Forbidden, message)
        .hint("the operator lets them use it in toolbay.toml: [oauth] shared = true")
}

fn elsewhere() -> Problem {
    Problem::new(Code::Forbidden, "a tool calls other tools on its own connection only")
}
