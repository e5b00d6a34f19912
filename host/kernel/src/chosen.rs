//! Which connection a call works on.

use std::fmt;
use std::str::FromStr;

use crate::id::ConnectionId;
use crate::ports::Connections;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};
use crate::system::System;

/// How many connections an error names at most.
const MAX_NAMED: usize = 10;

/// Accounts of one principal that are looked at.
const MAX_ACCOUNTS: usize = 1_000;

/// Longest name of a connection that is looked for, in bytes.
const MAX_NAME: usize = 200;

/// What a caller calls a connection: its id or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// By its id.
    Id(ConnectionId),
    /// By its name, or that of its workspace.
    Name(String),
}

impl FromStr for Called {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let is_name = (1..=MAX_NAME).contains(&text.len()) && !text.chars().any(char::is_control);
        if is_name {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(Problem::new(Code::InvalidInput, "`connection_id` is neither an id nor a name of a connection")
            .hint("leave it out when there is one connection, or list them: GET /v1/connections"))
    }
}

impl fmt::Display for Called {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Name(name) => write!(formatter, "`{name}`"),
        }
    }
}

/// Which connection a call works on, as far as that can be told without looking.
#[derive(Debug)]
pub(crate) enum Choice {
    /// This one, or none at all: the tool may not need one, and the gate says what is missing when it does.
    Made(Option<Connection>),
    /// One of these: what the arguments name decides.
    Among(Candidates),
}

/// The connections that a call may mean which names none.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// The one that is taken where nothing else decides.
    pub(crate) default: Option<Connection>,
    pub(crate) others: Vec<Connection>,
    /// There are more than these, so that what none of them shows may be on another.
    pub(crate) is_too_many: bool,
}

impl Candidates {
    /// All of them, the default one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Connection> {
        self.default.iter().chain(&self.others)
    }

    pub(crate) fn of(&self, id: ConnectionId) -> Option<&Connection> {
        self.all().find(|connection| connection.id == id)
    }

    /// The refusal of a call that none of them is meant by more than the others.
    pub(crate) fn refused(&self) -> Problem {
        let named = |connection: &Connection| format!("`{}` ({})", connection.name, connection.id);
        let names: Vec<String> = self.others.iter().map(named).collect();
        let message = "there are several connections: say which by `connection_id`";
        Problem::new(Code::InvalidInput, message)
            .hint(format!("an id or a name; yours are {}", names.join(", ")))
    }
}

/// The connection that a principal's call works on: the one that it names, or the only one that there is to the tool's system. Among
/// several what the call is about decides, and then the default. A tool of no system takes any that is named, and else is about Notion.
///
/// # Errors
///
/// `not_found` for one that isn't theirs, `invalid_input` for one to another system.
pub(crate) async fn choose(
    connections: &dyn Connections,
    principal: &Principal,
    called: Option<Called>,
    system: Option<&System>,
) -> Result<Choice, Problem> {
    let allowed = &principal.connections;
    if let Some(called) = called {
        let found = match &called {
            Called::Id(id) => connections.connection(allowed, *id).await?,
            Called::Name(name) => connections.named(allowed, name).await?,
        };
        let found = match found {
            Some(found) => Some(found),
            None => {
                let is_called = |own: &Connection| match &called {
                    Called::Id(id) => own.id == *id,
                    Called::Name(name) => own.name == *name,
                };
                connections.accounts(principal, MAX_ACCOUNTS).await?.into_iter().find(is_called)
            }
        };
        let found = found.ok_or_else(|| {
            Problem::new(Code::NotFound, format!("there is no connection {called}"))
                .hint("list your connections: GET /v1/connections")
        })?;
        return match system {
            Some(system) if *system != found.system => Err(of_another_system(&found, system)),
            _ => Ok(Choice::Made(Some(found))),
        };
    }
    let system = system.unwrap_or(&System::Notion);
    let mut visible = match system {
        System::Notion => connections.page(allowed, None, MAX_NAMED + 1).await?,
        System::Upstream(_) => connections.accounts(principal, MAX_ACCOUNTS).await?,
    };
    visible.retain(|connection| connection.system == *system);
    if visible.len() < 2 {
        return Ok(Choice::Made(visible.pop()));
    }
    let is_too_many = visible.len() > MAX_NAMED;
    visible.truncate(MAX_NAMED);
    let own = match principal.default_connection {
        Some(id) => connections.connection(allowed, id).await?,
        None => None,
    };
    let is_fitting = |connection: &Connection| connection.system == *system;
    let default = match own.filter(is_fitting) {
        Some(own) => Some(own),
        None => connections.default_of(allowed).await?.filter(is_fitting),
    };
    if let Some(default) = &default {
        visible.retain(|connection| connection.id != default.id);
    }
    Ok(Choice::Among(Candidates { default, others: visible, is_too_many }))
}

fn of_another_system(found: &Connection, system: &System) -> Problem {
    let (is, wanted) = (found.system.connection_in_words(), system.connection_in_words());
    let message = format!("the connection `{}` is {is}, and this tool works on {wanted}", found.name);
    Problem::new(Code::InvalidInput, message)
        .hint("leave `connection_id` out, or name another one: GET /v1/connections lists yours")
}
