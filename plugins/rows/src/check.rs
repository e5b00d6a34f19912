//! What is wrong with operations, found before the first of them is run.

use serde_json::Map;
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Extent, Question};

use crate::batch::Batch;
use crate::kind::Kind;
use crate::operation::{State, Step};
use crate::perform::CHUNK;
use crate::reference;
use crate::tally::Tally;

impl Batch<'_> {
    /// Checks what planning alone can't tell. What is wrong is its operation's problem.
    pub(crate) fn check(&mut self) {
        self.check_links();
        // One alone is refused by its own tool before it writes.
        if self.operations.len() > 1 {
            self.check_tools();
        }
    }

    /// Reads the relations of all links, which the links need anyway, and sees what would become of them.
    fn check_links(&mut self) {
        let planned = |(number, operation): (usize, &crate::operation::Operation)| match &operation.state {
            State::Planned(Step::Link(step)) => Some((number, step.clone())),
            _ => None,
        };
        let links: Vec<_> = self.operations.iter().enumerate().filter_map(planned).collect();
        let held = self.held();
        let links: Vec<_> =
            links.into_iter().filter(|(number, _)| !self.may_find_another_world(&held, *number)).collect();
        let mut tally = Tally::new(&links);
        self.relation_writes(&links, &mut tally);
        let mut outdated = Vec::new();
        for (number, source, problem) in tally.refused() {
            if self.is_outdated(number, source, &problem) {
                outdated.push(number);
            } else {
                self.finish(number, Err(problem));
            }
        }
        self.plan(&outdated);
    }

    /// Has each tool say what it would refuse, up to its first write.
    fn check_tools(&mut self) {
        let checked = if self.are_alike { 1 } else { self.operations.len() };
        let asked: Vec<(usize, Question)> =
            (0..checked).filter_map(|number| Some((number, self.question(number)?))).collect();
        let held = self.held();
        let mut left = asked.into_iter().peekable();
        while left.peek().is_some() && self.may_start() {
            let (numbers, questions): (Vec<usize>, Vec<Question>) = left.by_ref().take(CHUNK).unzip();
            let before = self.call.remaining_ms();
            let findings = self.call.tools().check_all(questions);
            for (number, finding) in numbers.into_iter().zip(findings) {
                let Err(refusal) = finding else { continue };
                // What a tool finds in the world of now says nothing about the world after other operations.
                if !(refusal.has_looked && self.may_find_another_world(&held, number)) {
                    self.finish(number, Err(refusal.problem));
                }
            }
            self.last_chunk = before.saturating_sub(self.call.remaining_ms());
        }
    }

    fn question(&self, number: usize) -> Option<Question> {
        let operation = self.operations.get(number).filter(|operation| !operation.is_done())?;
        let Kind::Tool(tool) = operation.kind else { return None };
        let arguments = known(&operation.arguments);
        let open = reference::places(&arguments);
        let invocation = Invocation { tool: tool.name.to_owned(), arguments: Value::Object(arguments) };
        Some(Question { invocation, open, extent: Extent::FirstWrite })
    }
}

/// The arguments without the values of properties that are still to come, as long as others are left: those can be judged
/// without them.
fn known(arguments: &Map<String, Value>) -> Map<String, Value> {
    let mut known = arguments.clone();
    if let Some(Value::Object(properties)) = known.get_mut("properties") {
        let literal: Map<String, Value> = properties
            .iter()
            .filter(|(_, value)| !reference::is_in(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !literal.is_empty() {
            *properties = literal;
        }
    }
    known
}
