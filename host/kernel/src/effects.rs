//! What a call has done to the world: the writes that it began, and what came of each.
//!
//! A write is begun before its first byte is sent. From then on it is carried out, certainly not carried out, or nobody
//! knows; also when whoever waited for the answer has gone, since then what stood for it is dropped. So the door can tell
//! how far a call came that has no answer of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::problem::{Code, Problem};
use crate::request::ResolvedRequest;

/// Most ids of Notion objects that one event of the audit keeps; more are counted, not listed.
pub const MAX_TOUCHED: usize = 100;

/// Writes of unknown outcome that are named, and writes that were carried out; more are counted.
const MAX_NAMED: usize = 20;

/// Writes and ids that one sentence names.
const NAMED_IN_WORDS: usize = 3;

/// One write, named for people without a word of what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteName {
    /// Such as `PATCH`.
    pub method: String,
    /// Such as `/v1/pages/{page_id}`.
    pub route: String,
    /// What it changes, in words, such as `page 0123...`.
    pub target: String,
}

impl WriteName {
    pub(crate) fn in_words(&self) -> String {
        format!("{} {} ({})", self.method, self.route, self.target)
    }
}

/// How far a call came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Writes that were carried out.
    pub carried_out: u64,
    /// The Notion objects that they created or changed; at most [`MAX_TOUCHED`].
    pub ids: Vec<String>,
    /// The last of these writes, the newest last: where it stopped.
    #[serde(default)]
    pub last_writes: Vec<WriteName>,
    /// Writes that may or may not have been carried out.
    pub unknown: u64,
    /// Those of them that are named.
    pub unknown_writes: Vec<WriteName>,
    /// The Notion objects that they may have changed; at most [`MAX_TOUCHED`].
    pub unknown_ids: Vec<String>,
    /// The last write that was certainly not carried out, as its route and why.
    pub last_refused: Option<String>,
}

impl Done {
    /// Adds a write that was carried out.
    pub(crate) fn add_carried_out<'a>(&mut self, write: WriteName, ids: impl Iterator<Item = &'a str>) {
        self.carried_out += 1;
        if self.last_writes.len() >= MAX_NAMED {
            self.last_writes.remove(0);
        }
        self.last_writes.push(write);
        add(&mut self.ids, ids);
    }

    /// Adds a write whose outcome nobody knows.
    pub(crate) fn add_unknown<'a>(&mut self, write: WriteName, ids: impl Iterator<Item = &'a str>) {
        self.unknown += 1;
        if self.unknown_writes.len() < MAX_NAMED {
            self.unknown_writes.push(write);
        }
        add(&mut self.unknown_ids, ids);
    }

    /// The Notion objects that were or may have been changed, for the audit.
    #[must_use]
    pub fn touched(&self) -> Vec<String> {
        let mut touched = self.ids.clone();
        add(&mut touched, self.unknown_ids.iter().map(String::as_str));
        touched
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.carried_out == 0 && self.unknown == 0
    }

    /// A problem with what was done before it, so that nobody takes it for "nothing was done". With a write of unknown
    /// outcome among it the problem is that.
    #[must_use]
    pub fn told_with(&self, problem: Problem) -> Problem {
        let is_told = |details: &Value| details.get("done") == Some(&self.for_programs());
        if self.is_nothing() || problem.details.as_deref().is_some_and(is_told) {
            return problem;
        }
        let details = self.details(problem.details.as_deref());
        let before = self.carried_out_in_words();
        if self.unknown == 0 {
            let hint = joined(before, problem.hint.as_deref());
            return Problem { hint: None, ..problem }.hint(hint).details(details);
        }
        let message = if problem.code == Code::OutcomeUnknown {
            problem.message
        } else {
            format!("{} may or may not have been carried out: {}", self.unknown_in_words(), problem.message)
        };
        let look = match (problem.code, &problem.hint) {
            (Code::OutcomeUnknown, Some(hint)) => hint.clone(),
            _ => "Look whether it was done before you repeat it.".to_owned(),
        };
        let unknown = Problem::new(Code::OutcomeUnknown, message).hint(joined(before, Some(&look)));
        Problem { cause: problem.cause, ..unknown.details(details) }
    }

    /// For programs, beside what the problem itself says to them.
    fn details(&self, own: Option<&Value>) -> Value {
        let mut details = match own {
            None => Map::new(),
            Some(Value::Object(own)) => own.clone(),
            Some(other) => Map::from_iter([("problem".to_owned(), other.clone())]),
        };
        details.insert("done".to_owned(), self.for_programs());
        Value::Object(details)
    }

    /// What a program reads.
    #[must_use]
    pub fn for_programs(&self) -> Value {
        let mut told = Map::from_iter([("writes".to_owned(), json!(self.carried_out))]);
        if !self.ids.is_empty() {
            told.insert("ids".to_owned(), json!(self.ids));
        }
        if self.unknown > 0 {
            told.insert("unknown".to_owned(), json!(self.unknown_writes));
            if u64::try_from(self.unknown_writes.len()).unwrap_or(u64::MAX) < self.unknown {
                told.insert("unknown_count".to_owned(), json!(self.unknown));
            }
        }
        Value::Object(told)
    }

    /// What the owner of a job reads: also which writes were the last.
    #[must_use]
    pub fn for_owner(&self) -> Value {
        let mut told = self.for_programs();
        if let (false, Some(members)) = (self.last_writes.is_empty(), told.as_object_mut()) {
            members.insert("last_writes".to_owned(), json!(self.last_writes));
        }
        told
    }

    /// Whether this counts more writes than another account of the same run.
    pub(crate) fn is_more_than(&self, other: &Self) -> bool {
        self.carried_out + self.unknown > other.carried_out + other.unknown
    }

    fn unknown_in_words(&self) -> String {
        let named: Vec<String> =
            self.unknown_writes.iter().take(NAMED_IN_WORDS).map(WriteName::in_words).collect();
        let more = self.unknown.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
        let named = named.join(", ");
        if more > 0 { format!("{named} and {more} more") } else { named }
    }

    fn carried_out_in_words(&self) -> Option<String> {
        let ids: Vec<&str> = self.ids.iter().take(NAMED_IN_WORDS).map(String::as_str).collect();
        let on = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) };
        match self.carried_out {
            0 => None,
            1 => Some(format!("One write of the call was carried out{on}: don't repeat it.")),
            many => Some(format!("{many} writes of the call were carried out{on}: don't repeat those.")),
        }
    }

    /// For the audit: the host's own words alone, nothing that a caller wrote.
    #[must_use]
    pub fn for_audit(&self) -> Option<String> {
        let routes: Vec<String> = self
            .unknown_writes
            .iter()
            .take(NAMED_IN_WORDS)
            .map(|write| format!("{} {}", write.method, write.route))
            .collect();
        let unknown =
            (self.unknown > 0).then(|| format!("unknown: {} ({})", self.unknown, routes.join(", ")));
        let done = (!self.is_nothing()).then(|| format!("carried out: {}", self.carried_out));
        let refused = self.last_refused.as_ref().map(|refused| format!("last refused: {refused}"));
        let parts: Vec<String> = [done, unknown, refused].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Adds the ids that aren't there yet, as long as there is room.
fn add<'a>(known: &mut Vec<String>, ids: impl Iterator<Item = &'a str>) {
    for id in ids {
        if known.len() < MAX_TOUCHED && !known.iter().any(|known| known == id) {
            known.push(id.chars().take(64).collect());
        }
    }
}

fn joined(first: Option<String>, second: Option<&str>) -> String {
    [first.as_deref(), second].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The writes of a call, and of the calls that it makes.
#[derive(Default)]
pub(crate) struct Effects {
    /// Those of the call that made this one.
    outer: Option<Arc<Effects>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    done: Done,
    /// Begun and not answered.
    open: BTreeMap<u64, (WriteName, Vec<String>)>,
    next: u64,
}

impl Effects {
    pub(crate) fn within(outer: Option<Arc<Effects>>) -> Arc<Self> {
        Arc::new(Self { outer, known: Mutex::default() })
    }

    /// A request is about to be sent. Of one that reads nothing is kept.
    pub(crate) fn begin(self: &Arc<Self>, request: &ResolvedRequest) -> OpenWrite {
        let mut open = Vec::new();
        let mut level = Some(self).filter(|_| request.writes());
        let (name, ids) = match level {
            None => return OpenWrite { open },
            Some(_) => (request.summary.clone(), request.ids.clone()),
        };
        while let Some(effects) = level {
            let mut known = effects.known.lock();
            let number = known.next;
            known.next += 1;
            known.open.insert(number, (name.clone(), ids.clone()));
            drop(known);
            open.push((Arc::clone(effects), number));
            level = effects.outer.as_ref();
        }
        OpenWrite { open }
    }

    /// How far the call is; what is begun and not answered is unknown.
    pub(crate) fn done(&self) -> Done {
        let known = self.known.lock();
        let mut done = known.done.clone();
        for (name, ids) in known.open.values() {
            done.add_unknown(name.clone(), ids.iter().map(String::as_str));
        }
        done
    }

    /// The call's result, with what was done when the result is a refusal.
    pub(crate) fn told_with(&self, result: Result<Answer, Problem>) -> Result<Answer, Problem> {
        result.map_err(|problem| self.done().told_with(problem))
    }
}

/// A write that was begun. Dropped without an end, its outcome is unknown.
#[must_use = "dropped, it says that the outcome is unknown"]
pub(crate) struct OpenWrite {
    open: Vec<(Arc<Effects>, u64)>,
}

impl OpenWrite {
    /// The outside answered that it was done.
    pub(crate) fn carried_out(mut self, answered: Option<&str>) {
        self.end(|done, name, ids| {
            done.add_carried_out(name, ids.iter().map(String::as_str).chain(answered));
        });
    }

    /// It was certainly not done, or not yet.
    pub(crate) fn not_carried_out(mut self, why: Code) {
        self.end(|done, name, _| {
            done.last_refused = Some(format!("{} {}: {}", name.method, name.route, why.as_str()));
        });
    }

    fn end(&mut self, note: impl Fn(&mut Done, WriteName, Vec<String>)) {
        for (effects, number) in std::mem::take(&mut self.open) {
            let mut known = effects.known.lock();
            if let Some((name, ids)) = known.open.remove(&number) {
                note(&mut known.done, name, ids);
            }
        }
    }
}

impl Drop for OpenWrite {
    fn drop(&mut self) {
        self.end(|done, name, ids| done.add_unknown(name, ids.iter().map(String::as_str)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> WriteName {
        WriteName {
            method: "PATCH".to_owned(),
            route: "/v1/pages/{page_id}".to_owned(),
            target: "page p1".to_owned(),
        }
    }

    #[test]
    fn what_may_have_been_done_makes_every_problem_an_unknown_outcome() {
        let mut done = Done::default();
        done.add_carried_out(name(), ["p0"].into_iter());
        done.add_unknown(name(), ["p1"].into_iter());
        for code in Code::ALL {
            let problem = Problem::new(code, "why").hint("ask for less at once");
            let told = done.told_with(problem.details(json!({"notion": 1})));
            assert_eq!(told.code, Code::OutcomeUnknown);
            let hint = told.hint.unwrap();
            assert!(hint.starts_with("One write of the call was carried out (p0):"), "{hint}");
            assert!(code == Code::OutcomeUnknown || !hint.contains("less"), "{hint}");
            let details = told.details.unwrap();
            assert_eq!(details["notion"], 1);
            assert_eq!(details["done"]["unknown"][0]["target"], "page p1");
            let again =
                done.told_with(Problem { details: Some(details.clone()), ..Problem::new(code, "why") });
            assert_eq!(again, Problem { details: Some(details), ..Problem::new(code, "why") }, "told once");
        }
    }

    #[test]
    fn what_was_done_is_told_with_every_problem() {
        let mut done = Done::default();
        for _ in 0..2 {
            done.add_carried_out(name(), ["p0"].into_iter());
        }
        let told = done.told_with(Problem::new(Code::InvalidInput, "why").hint("Mend it."));
        assert_eq!(told.code, Code::InvalidInput);
        assert_eq!(
            told.hint.unwrap(),
            "2 writes of the call were carried out (p0): don't repeat those. Mend it."
        );
        assert_eq!(told.details.unwrap()["done"], json!({"writes": 2, "ids": ["p0"]}));
        let nothing = Problem::new(Code::InvalidInput, "why");
        assert_eq!(Done::default().told_with(nothing.clone()), nothing);
    }

    #[test]
    fn the_last_writes_are_named_for_the_owner_of_a_job_alone() {
        let mut done = Done::default();
        for number in 0..30 {
            let target = format!("page {number}");
            done.add_carried_out(WriteName { target, ..name() }, std::iter::empty());
        }
        let told = done.for_owner();
        let named: Vec<&Value> = told["last_writes"].as_array().unwrap().iter().collect();
        assert_eq!((named.len(), &named[MAX_NAMED - 1]["target"]), (MAX_NAMED, &json!("page 29")));
        assert_eq!(done.for_programs(), json!({"writes": 30}));
    }

    #[test]
    fn names_are_bounded_and_counted() {
        let mut done = Done::default();
        for _ in 0..1_000 {
            done.add_unknown(name(), ["p1"].into_iter());
        }
        let told = done.told_with(Problem::new(Code::Cancelled, "the caller has gone"));
        assert!(told.message.contains("and 997 more"), "{}", told.message);
        let details = told.details.unwrap();
        assert_eq!(details["done"]["unknown"].as_array().unwrap().len(), MAX_NAMED);
        assert_eq!(details["done"]["unknown_count"], 1_000);
    }
}
