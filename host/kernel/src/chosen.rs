//! Which connection a call works on.

use std::fmt;
use std::str::FromStr;

use crate::id::ConnectionId;
use crate::ports::Connections;
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};

/// How many connections an error names at most.
const MAX_NAMED: usize = 10;

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

/// The connection that a principal's call works on: the one that it names, the only one that there is, or the default among
/// several. None when there is none: the tool may not need one, and the gate says what is missing when it does.
///
/// # Errors
///
/// `not_found` for one that isn't theirs, `invalid_input` when there are several and nothing chooses.
pub(crate) async fn choose(
    connections: &dyn Connections,
    principal: &Principal,
    called: Option<Called>,
) -> Result<Option<Connection>, Problem> {
    let allowed = &principal.connections;
    if let Some(called) = called {
        let found = match &called {
            Called::Id(id) => connections.connection(allowed, *id).await?,
            Called::Name(name) => connections.named(allowed, name).await?,
        };
        return found.map(Some).ok_or_else(|| {
            Problem::new(Code::NotFound, format!("there is no connection {called}"))
                .hint("list your connections: GET /v1/connections")
        });
    }
    let visible = connections.page(allowed, None, MAX_NAMED).await?;
    match visible.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        several => match connections.default_of(allowed).await? {
            Some(default) => Ok(Some(default)),
            None => {
                let named = |connection: &Connection| format!("`{}` ({})", connection.name, connection.id);
                let names: Vec<String> = several.iter().map(named).collect();
                let message = "there are several connections: say which by `connection_id`";
                Err(Problem::new(Code::InvalidInput, message)
                    .hint(format!("an id or a name; yours are {}", names.join(", "))))
            }
        },
    }
}
