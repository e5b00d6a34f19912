//! One operation of a batch, from what was asked to what came of it.

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::claim::{self, Share};
use crate::given::Given;
use crate::kind::Kind;
use crate::{link, reference, upsert};

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
            refuse_other_connection(call, &mut args)?;
            let waits = reference::targets(&args, number)?;
            Ok((kind, args, waits))
        });
        match read {
            Ok((kind, arguments, waits)) => {
                let is_wide = kind.is_wide(&arguments);
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
        self.kind == Kind::Upsert || self.kind.is_tool("create_page")
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
        claim::hold(&mut self.claims, claim, share);
    }

    /// Whether it changes what it holds so.
    pub(crate) fn changes(&self, share: Share) -> bool {
        share.changes() && !(self.is_row_there && matches!(share, Share::Keyed(_)))
    }
}

/// All operations run on the call's own connection.
fn refuse_other_connection(call: &Call, arguments: &mut Map<String, Value>) -> Result<(), Problem> {
    match arguments.shift_remove("connection_id") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(id)) if call.connection_id().as_deref() == Some(id.as_str()) => Ok(()),
        Some(_) => Err(Problem::invalid_input("An operation names another connection than the call.")
            .hint("Give `connection_id` beside `ops`, and one connection a call.")),
    }
}
