//! Which of several connections a call means that names none: the one that shows what its arguments name.
//!
//! Whoever has two workspaces copies a link from one of them, and doesn't think of the other. So the objects that the arguments
//! name are looked at on every connection, through the gate and within the caller's parts. A connection fits that shows each
//! object that any shows. The default one is taken where it fits, else another that alone does. What was found is remembered
//! for a while, and so is that nothing was.

use std::time::Duration;

use futures_util::future::join_all;
use moka::sync::Cache;
use serde_json::Value;

use crate::call::Call;
use crate::chosen::Candidates;
use crate::gate::EffectGate;
use crate::id::{ConnectionId, PrincipalId};
use crate::principal::Connection;
use crate::problem::{Code, Problem};
use crate::system::System;

/// Most different objects of one call that are looked at.
const MAX_OBJECTS: usize = 3;

/// Most values of the arguments that are read for such names.
const MAX_VALUES: usize = 2_000;

/// Most objects that are remembered.
const MAX_REMEMBERED: u64 = 10_000;

/// How long they are. Whoever loses a connection isn't offered it here, so this is about objects that move.
const REMEMBERED_FOR: Duration = Duration::from_secs(120);

/// Longest that a call looks. After that the default decides.
const LOOK_TIME: Duration = Duration::from_secs(5);

/// What is known of who shows what.
pub(crate) struct Sighted {
    shown_by: Cache<(PrincipalId, String), Vec<ConnectionId>>,
}

impl Sighted {
    pub(crate) fn new() -> Self {
        let shown_by = Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBERED_FOR);
        Self { shown_by: shown_by.build() }
    }

    /// Chooses one of these for a call that has none yet.
    ///
    /// # Errors
    ///
    /// `invalid_input` where nothing decides, and `cancelled`.
    pub(crate) async fn choose(
        &self,
        gate: &EffectGate,
        call: &Call,
        candidates: Candidates,
        arguments: &Value,
    ) -> Result<Connection, Problem> {
        let looking = tokio::time::timeout(LOOK_TIME, self.fitting(gate, call, &candidates, arguments));
        let looked = call.budget.cancel.run_until_cancelled(looking).await;
        let fitting = looked.ok_or_else(|| Problem::new(Code::Cancelled, "the caller has gone"))?;
        // Out of time, it is as if nothing had been named.
        let fitting = fitting.unwrap_or(Fitting::All);
        match (&candidates.default, fitting) {
            (Some(default), Fitting::All) => Ok(default.clone()),
            (Some(default), Fitting::Some(these)) if these.contains(&default.id) => Ok(default.clone()),
            (_, Fitting::Some(these)) => match these.as_slice() {
                [id] => candidates.of(*id).cloned().ok_or_else(|| candidates.refused()),
                [] => Err(apart()),
                _ => Err(candidates.refused()),
            },
            (None, Fitting::All) => Err(candidates.refused()),
        }
    }

    /// The connections that show all that is shown at all of what the arguments name.
    async fn fitting(
        &self,
        gate: &EffectGate,
        call: &Call,
        candidates: &Candidates,
        arguments: &Value,
    ) -> Fitting {
        // Only Notion's objects have names that can be looked for.
        let are_at_notion = candidates.all().all(|connection| connection.system == System::Notion);
        let is_looked_for = are_at_notion && !candidates.is_too_many;
        let objects = if is_looked_for { objects(gate, arguments) } else { Vec::new() };
        let looks = objects.iter().map(|object| self.showing(gate, call, candidates, object));
        let mut shown: Vec<Vec<ConnectionId>> = join_all(looks).await;
        shown.retain(|connections| !connections.is_empty());
        if shown.is_empty() {
            return Fitting::All;
        }
        let all = candidates.all().map(|connection| connection.id);
        Fitting::Some(all.filter(|id| shown.iter().all(|by| by.contains(id))).collect())
    }

    /// The connections that show an object. Of one that can't be asked nobody knows: it counts as showing it where it is the
    /// default, so that nothing is done by another's credential because that fails, and then nothing is remembered.
    async fn showing(
        &self,
        gate: &EffectGate,
        call: &Call,
        candidates: &Candidates,
        object: &str,
    ) -> Vec<ConnectionId> {
        let key = (call.principal.id, object.to_owned());
        if let Some(known) = self.shown_by.get(&key) {
            return known;
        }
        let all: Vec<&Connection> = candidates.all().collect();
        let looks = all.iter().map(|connection| gate.shows(call, connection, object));
        let looked = join_all(looks).await;
        let is_sure = looked.iter().all(Result::is_ok);
        let is_default = |connection: &Connection| candidates.default.as_ref() == Some(connection);
        let showing = all.iter().zip(&looked).filter(|(connection, shows)| match shows {
            Ok(shows) => *shows,
            Err(_) => is_default(connection),
        });
        let showing: Vec<ConnectionId> = showing.map(|(connection, _)| connection.id).collect();
        if is_sure {
            self.shown_by.insert(key, showing.clone());
        }
        showing
    }
}

/// Which connections a call may be meant for.
enum Fitting {
    /// Nothing that it names is anywhere.
    All,
    Some(Vec<ConnectionId>),
}

/// The refusal of a call whose objects no connection shows together.
fn apart() -> Problem {
    Problem::new(Code::InvalidInput, "what the arguments name is on several connections")
        .hint("make a call of its own for each connection, or say which by `connection_id`")
}

/// The objects that arguments name as what they are about, each once, the first ones: what stands in a text or in a value that
/// is written is not looked at.
fn objects(gate: &EffectGate, arguments: &Value) -> Vec<String> {
    let (mut objects, mut open, mut read) = (Vec::new(), vec![("", arguments)], 0);
    while let Some((name, value)) = open.pop() {
        read += 1;
        if read > MAX_VALUES || objects.len() >= MAX_OBJECTS {
            break;
        }
        match value {
            Value::String(text) if names_an_object(name) => {
                objects.extend(gate.object_in(text).filter(|object| !objects.contains(object)));
            }
            // The first is looked at first.
            Value::Array(items) => open.extend(items.iter().rev().map(|item| (name, item))),
            Value::Object(members) => {
                open.extend(members.iter().rev().map(|(name, member)| (name.as_str(), member)));
            }
            _ => {}
        }
    }
    objects
}

/// Whether an argument of this name says what a call is about, such as `page_id`, `database_ids`, `from` or `path`.
fn names_an_object(argument: &str) -> bool {
    let is_id =
        |end: &str| argument == end || argument.strip_suffix(end).is_some_and(|rest| rest.ends_with('_'));
    is_id("id") || is_id("ids") || ["from", "to", "path"].contains(&argument)
}
