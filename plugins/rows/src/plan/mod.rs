//! From drafts to steps: everything that can be wrong is found here, before anything is written.

mod conclude;
mod holds;
mod look_up;
mod settled;

use toolbay_sdk::Code;
use toolbay_sdk::notion::References;
use toolbay_sdk::prelude::*;

use crate::batch::Batch;
use crate::operation::State;
use settled::Plan;

impl Batch<'_> {
    /// Plans operations together. Each is afterwards planned, done with a problem, or given still because it waits.
    ///
    /// Nothing is looked up that an earlier operation is still to change: who needs it is planned after that one.
    pub(crate) fn plan(&mut self, numbers: &[usize]) {
        let mut again = numbers.to_vec();
        // A schema that has turned out to be old is read again once.
        while !again.is_empty() {
            again = self.plan_once(&again);
        }
    }

    /// Answers the operations whose schema has turned out to be old.
    fn plan_once(&mut self, numbers: &[usize]) -> Vec<usize> {
        let drafts = self.drafts(numbers);
        let mut references = References::new();
        let mut plans = Vec::new();
        for draft in drafts {
            match self.checked(&draft, &mut references) {
                Ok((made, titles, has_people)) => plans.push(Plan {
                    draft,
                    made,
                    titles,
                    has_people,
                    after: Vec::new(),
                    looks: false,
                    named: Vec::new(),
                    notes: Vec::new(),
                }),
                Err(problem) => self.finish(draft.number, Err(problem)),
            }
        }
        if plans.is_empty() {
            return Vec::new();
        }
        for plan in &plans {
            self.hold(plan);
        }
        self.look_up(&mut plans);
        let plans = self.with_names(plans, references);
        let mut outdated = Vec::new();
        for plan in plans {
            let (number, source) = (plan.draft.number, plan.draft.source);
            if let Err(problem) = self.conclude(plan) {
                if self.is_outdated(number, source, &problem) {
                    outdated.push(number);
                } else {
                    self.finish(number, Err(problem));
                }
            }
        }
        outdated
    }

    /// Whether Notion refused something because the schema has changed since it was read: then it has been read again, and
    /// the operation is planned a second time.
    pub(crate) fn is_outdated(&mut self, number: usize, source: usize, problem: &Problem) -> bool {
        let status = problem.details.as_ref().and_then(|details| details.pointer("/notion/status"));
        let may_be = match status {
            Some(status) => *status == 400,
            // What was answered lacks what the schema has.
            None => problem.code == Code::UpstreamFailed,
        };
        if !may_be {
            return false;
        }
        if self.sources.refresh(self.call, source).unwrap_or(false) {
            self.rows.forget_source(source);
            self.pages.forget_lists();
            self.changed_schemas.insert(source);
        }
        let has_changed = self.changed_schemas.contains(&source);
        match self.operation(number).filter(|operation| has_changed && !operation.is_second_plan) {
            Some(operation) => {
                operation.is_second_plan = true;
                operation.state = State::Given;
                operation.is_open = true;
                true
            }
            None => false,
        }
    }
}
