//! One operation of a batch, from what was asked to what came of it.

use serde_json::Map;
use toolbay_sdk::notion::names;
use toolbay_sdk::prelude::*;

use crate::claim::{self, Share};
use crate::footprint::{self, Footprint};
use crate::given::Given;
use crate::{link, order, reference, upsert};

/// The tools that run as they are; the manifest's `tools.call` has the same names.
pub(crate) const TOOLS: [&str; 31] = [
    "append_blocks",
    "archive",
    "attach_file",
    "connections",
    "create_comment",
    "create_database",
    "create_page",
    "create_view",
    "delete_block",
    "delete_comment",
    "delete_view",
    "edit_page",
    "fetch",
    "get_database",
    "get_page",
    "list_blocks",
    "list_comments",
    "list_users",
    "list_views",
    "move_page",
    "notion_request",
    "properties",
    "query",
    "query_view",
    "search",
    "trash",
    "update_block",
    "update_comment",
    "update_database",
    "update_page",
    "update_view",
];

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Upsert,
    Link,
    Tool(&'static str),
}

impl Kind {
    /// The tool that a caller names, also as `notion.upsert` and `notion.request`.
    ///
    /// # Errors
    ///
    /// `invalid_input` with the nearest names.
    pub(crate) fn named(name: &str) -> Result<Self, Problem> {
        let bare = name.trim().strip_prefix("notion.").unwrap_or(name.trim());
        match bare {
            "upsert" => return Ok(Self::Upsert),
            "link" => return Ok(Self::Link),
            "request" => return Ok(Self::Tool("notion_request")),
            "bulk" => {
                return Err(Problem::invalid_input("`bulk` cannot be an operation of `bulk`.")
                    .hint("Put its operations into this list."));
            }
            _ => {}
        }
        let known: Vec<&'static str> = ["upsert", "link"].into_iter().chain(TOOLS).collect();
        // What runs is decided by the very name: one that is alike may be another tool's.
        let found = names::decide(bare, &known, "operation")?;
        let tool = TOOLS.into_iter().find(|tool| *tool == found);
        tool.map(Self::Tool).ok_or_else(|| Problem::failed("An operation was found that is none."))
    }
}

/// What is to be done, once nothing about it can be wrong any more.
#[derive(Debug)]
pub(crate) enum Step {
    Upsert(upsert::Step),
    Link(link::Step),
    Tool(Invocation),
}

/// How far an operation is.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "each operation is planned at some time, so a box would save nothing"
)]
pub(crate) enum State {
    /// To be planned, as soon as those that it waits for are done.
    Given,
    Planned(Step),
    Done(Result<Value, Problem>),
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// What the caller calls it.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) arguments: Map<String, Value>,
    /// Earlier operations whose results it needs.
    pub(crate) waits: Vec<usize>,
    /// Earlier operations that may change what it looks at: it is planned when they are done, whatever came of them.
    pub(crate) after: Vec<usize>,
    /// What it looks at and changes: operations that cannot share a claim run one after the other, in their order.
    pub(crate) claims: Vec<(String, Share)>,
    /// True while there may be more that it changes than its claims say: nothing after it runs before it is planned.
    pub(crate) is_open: bool,
    /// Its key, for an upsert: the table and the values as they are compared.
    pub(crate) key: Option<(u64, String)>,
    /// True for an upsert whose row is there, so that it makes none.
    pub(crate) is_row_there: bool,
    /// True once it was planned again by a schema that had changed.
    pub(crate) is_second_plan: bool,
    /// True where it may change what any other operation is checked against: those before it run before it, and those
    /// after it after.
    pub(crate) is_wide: bool,
    pub(crate) state: State,
}

impl Operation {
    /// Reads what can be read without asking anybody.
    pub(crate) fn new(call: &Call, number: usize, given: &Value) -> Self {
        let name = Given::name(given);
        let read = Given::read(given).and_then(|Given { op, mut args }| {
            let kind = Kind::named(&op)?;
            own_connection(call, &mut args)?;
            let waits = reference::targets(&args, number)?;
            Ok((kind, args, waits))
        });
        match read {
            Ok((kind, arguments, waits)) => {
                let is_wide = order::is_wide(kind, &arguments);
                let changes = vec![(claim::EVERYTHING.to_owned(), Share::Changed)];
                Self {
                    name,
                    kind,
                    arguments,
                    waits,
                    after: Vec::new(),
                    claims: changes,
                    is_open: true,
                    key: None,
                    is_row_there: false,
                    is_second_plan: false,
                    is_wide,
                    state: State::Given,
                }
            }
            Err(problem) => Self {
                name,
                kind: Kind::Upsert,
                arguments: Map::new(),
                waits: Vec::new(),
                after: Vec::new(),
                claims: Vec::new(),
                is_open: false,
                key: None,
                is_row_there: false,
                is_second_plan: false,
                is_wide: false,
                state: State::Done(Err(problem)),
            },
        }
    }

    /// Whether it makes or finds a page, whose id its result has.
    pub(crate) fn makes_page(&self) -> bool {
        matches!(self.kind, Kind::Upsert | Kind::Tool("create_page"))
    }

    /// What another tool looks at and changes, by these arguments.
    pub(crate) fn footprint(
        &self,
        arguments: &Map<String, Value>,
        makes: &dyn Fn(usize) -> bool,
    ) -> Option<Footprint> {
        let Kind::Tool(tool) = self.kind else { return None };
        let only_reads = tool == "notion_request" && !self.is_wide;
        Some(footprint::of_tool(tool, arguments, only_reads, makes))
    }

    /// What came of it, once it is done and went well.
    pub(crate) fn result(&self) -> Option<&Value> {
        match &self.state {
            State::Done(Ok(result)) => Some(result),
            _ => None,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.state, State::Done(Err(_)))
    }

    pub(crate) fn claim(&mut self, claim: String, share: Share) {
        footprint::hold(&mut self.claims, claim, share);
    }

    /// Whether it changes what it holds so.
    pub(crate) fn changes(&self, share: Share) -> bool {
        share.changes() && !(self.is_row_there && matches!(share, Share::Keyed(_)))
    }
}

/// All operations run on the call's own connection.
fn own_connection(call: &Call, arguments: &mut Map<String, Value>) -> Result<(), Problem> {
    match arguments.shift_remove("connection_id") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(id)) if call.connection_id().as_deref() == Some(id.as_str()) => Ok(()),
        Some(_) => Err(Problem::invalid_input("An operation names another connection than the call.")
            .hint("Give `connection_id` beside `ops`, and one connection a call.")),
    }
}
