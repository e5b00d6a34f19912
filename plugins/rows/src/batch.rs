//! Operations that are planned together and run in rounds: independent ones side by side, dependent ones later.

use std::collections::{HashMap, HashSet};

use serde_json::Map;
use toolbay_sdk::prelude::*;

use crate::arguments::Mode;
use crate::claim::Share;
use crate::clock::Clock;
use crate::names::Promised;
use crate::operation::{Operation, State};
use crate::pages::Pages;
use crate::rows::Rows;
use crate::sources::Sources;

/// Why nothing more is started.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An operation has a problem, and the caller wants it so.
    AtProblem,
    Reason(Problem),
}

/// Operations and all that is known of what they touch.
#[derive(Debug)]
pub(crate) struct Batch<'call> {
    pub(crate) call: &'call Call,
    pub(crate) clock: Clock<'call>,
    pub(crate) mode: Mode,
    pub(crate) operations: Vec<Operation>,
    pub(crate) sources: Sources,
    pub(crate) rows: Rows,
    pub(crate) pages: Pages,
    /// A later operation may name a row by its title before the row exists.
    pub(crate) promised: Promised,
    /// The data sources whose schema was another one when it was read again.
    pub(crate) changed_schemas: HashSet<usize>,
    /// Why nothing more is started.
    pub(crate) stopped: Option<Stop>,
    /// True where all operations are the same but for the page: what the first is refused for, all are.
    pub(crate) are_alike: bool,
    /// Writes and runs of tools so far.
    pub(crate) sent: usize,
    /// Milliseconds that the last chunk took.
    pub(crate) last_chunk: u64,
}

impl<'call> Batch<'call> {
    pub(crate) fn new(call: &'call Call, mode: Mode, given: &[Value]) -> Self {
        let read = |(number, given): (usize, &Value)| Operation::new(call, number, given);
        Self {
            call,
            clock: Clock::of(call),
            mode,
            operations: given.iter().enumerate().map(read).collect(),
            sources: Sources::default(),
            rows: Rows::default(),
            pages: Pages::default(),
            promised: Promised::default(),
            changed_schemas: HashSet::new(),
            stopped: None,
            are_alike: false,
            sent: 0,
            last_chunk: 0,
        }
    }

    /// Operations that are the same but for the page.
    pub(crate) fn alike(call: &'call Call, mode: Mode, given: &[Value]) -> Self {
        Self { are_alike: true, ..Self::new(call, mode, given) }
    }

    /// Runs one operation alone.
    pub(crate) fn alone(call: &'call Call, op: &str, arguments: &impl Serialize) -> Result<Value, Problem> {
        let given = json!({ "op": op, "args": serde_json::to_value(arguments)? });
        let mut batch = Self::new(call, Mode::StopOnError, &[given]);
        batch.run();
        match batch.operations.pop().map(|operation| operation.state) {
            Some(State::Done(result)) => result,
            _ => Err(match batch.stopped {
                Some(Stop::Reason(problem)) => problem,
                _ => Problem::failed("The operation was not run."),
            }),
        }
    }

    /// Plans all operations, then runs them in rounds until none is left or there is a reason to stop.
    pub(crate) fn run(&mut self) {
        self.prepare();
        let mut was_stuck = false;
        while self.stopped.is_none() {
            let before = self.left();
            self.refuse_orphans();
            let first_held_back = self.first_held_back();
            let ready: Vec<usize> = self.numbers(|batch, number, operation| {
                matches!(operation.state, State::Given)
                    && number < first_held_back
                    && operation.waits.iter().all(|wait| batch.result(*wait).is_some())
                    && operation.after.iter().all(|earlier| batch.is_done(*earlier))
            });
            self.plan(&ready);
            self.heed_problems();
            let mut round = self.round();
            if was_stuck {
                // Operations that put each other off would do so for ever.
                round.truncate(1);
            }
            if self.stopped.is_some() || (round.is_empty() && self.left() == before) {
                break;
            }
            let so_far = (self.left(), self.sent);
            self.perform(&round);
            self.outdate(&round);
            let is_stuck = (self.left(), self.sent) == so_far;
            for number in round.iter().filter(|_| is_stuck && was_stuck) {
                let problem = Problem::failed("The operation was put off twice and not run.");
                self.finish(*number, Err(problem.hint("Send it by itself.")));
            }
            was_stuck = is_stuck;
        }
    }

    /// Plans what can be planned. Where one problem stops everything, all that can be known to be wrong is known
    /// afterwards, and nothing has been written.
    fn prepare(&mut self) {
        self.note_footprints();
        self.note_creations();
        let first = self.first_held_back();
        self.skim(&(first..self.operations.len()).collect::<Vec<_>>());
        self.plan(&(0..first).collect::<Vec<_>>());
        if self.mode == Mode::StopOnError {
            self.check();
        }
        self.heed_problems();
    }

    pub(crate) fn operation(&mut self, number: usize) -> Option<&mut Operation> {
        self.operations.get_mut(number)
    }

    pub(crate) fn result(&self, number: usize) -> Option<&Value> {
        self.operations.get(number).and_then(Operation::result)
    }

    pub(crate) fn is_done(&self, number: usize) -> bool {
        self.operations.get(number).is_some_and(Operation::is_done)
    }

    pub(crate) fn finish(&mut self, number: usize, result: Result<Value, Problem>) {
        if let Some(operation) = self.operation(number) {
            operation.state = State::Done(result);
            operation.arguments = Map::new();
        }
    }

    /// After a problem nothing more is started, where the caller wants it so.
    pub(crate) fn heed_problems(&mut self) {
        if self.operations.iter().any(Operation::has_failed) {
            self.stop_at_problem();
        }
    }

    pub(crate) fn stop_at_problem(&mut self) {
        if self.mode == Mode::StopOnError && self.stopped.is_none() {
            self.stopped = Some(Stop::AtProblem);
        }
    }

    /// What more than one unfinished operation claims for itself alone.
    pub(crate) fn contended(&self) -> HashSet<String> {
        let mut seen = HashSet::new();
        let exclusive = self.claims().filter(|(_, share)| *share == Share::Exclusive);
        exclusive.filter(|(claim, _)| !seen.insert(claim)).map(|(claim, _)| claim.clone()).collect()
    }

    fn claims(&self) -> impl Iterator<Item = &(String, Share)> {
        let unfinished = self.operations.iter().filter(|operation| !operation.is_done());
        unfinished.flat_map(|operation| &operation.claims)
    }

    /// The operations that may run now: those that are planned, and share what they look at and change with all earlier ones.
    fn round(&self) -> Vec<usize> {
        let mut claimed: HashMap<&str, Share> = HashMap::new();
        let mut round = Vec::new();
        let running = self.operations.iter().enumerate().take(self.first_held_back());
        for (number, operation) in running.filter(|(_, operation)| !operation.is_done()) {
            let fits = |(claim, share): &(String, Share)| {
                claimed.get(claim.as_str()).is_none_or(|held| held.is_shared_with(*share))
            };
            let runs = matches!(operation.state, State::Planned(_)) && operation.claims.iter().all(fits);
            if runs {
                round.push(number);
            } else if operation.is_open {
                // It may change whatever a later one looks at.
                break;
            }
            for (claim, share) in &operation.claims {
                // A link that is still to come has its place in the order.
                let share = if *share == Share::Linked && !runs { Share::Exclusive } else { *share };
                let held = claimed.entry(claim).or_insert(share);
                if *held != share {
                    *held = Share::Exclusive;
                }
            }
        }
        round
    }

    /// What needs the result of an operation that has none is a problem itself.
    fn refuse_orphans(&mut self) {
        for number in 0..self.operations.len() {
            let Some(operation) = self.operations.get(number).filter(|operation| !operation.is_done()) else {
                continue;
            };
            let failed = operation
                .waits
                .iter()
                .find(|wait| self.operations.get(**wait).is_some_and(Operation::has_failed));
            if let Some(failed) = failed {
                let problem = Problem::invalid_input(format!(
                    "It needs the result of ops.{failed}, which has a problem."
                ))
                .hint(format!("Mend ops.{failed} and send both again."));
                self.finish(number, Err(problem));
            }
        }
    }

    fn left(&self) -> usize {
        self.operations.iter().filter(|operation| !operation.is_done()).count()
    }

    fn numbers(&self, is_meant: impl Fn(&Self, usize, &Operation) -> bool) -> Vec<usize> {
        let all = self.operations.iter().enumerate();
        all.filter(|(number, operation)| is_meant(self, *number, operation))
            .map(|(number, _)| number)
            .collect()
    }
}
