//! One round: the writes of the operations that may run now, side by side, as long as there is time.

use std::collections::{BTreeMap, HashSet};

use toolbay_sdk::Code;
use toolbay_sdk::notion::{NotionId, blocks, warnings};
use toolbay_sdk::prelude::*;

use crate::batch::{Batch, Stop};
use crate::key::Key;
use crate::operation::{State, Step};
use crate::rows::Match;
use crate::tally::{PageWrite, Tally};
use crate::upsert::{self, Change, Content, Fitted};

/// Writes that are sent together. The host has eight of them on their way at a time, and after each chunk the caller
/// hears how far the call is.
pub(crate) const CHUNK: usize = 25;

/// Milliseconds that must be left for a chunk to be started, and that no chunk takes where Notion is well.
const LEAST_TIME: u64 = 3_000;

/// What a request is for.
enum Purpose {
    Row {
        number: usize,
        source: usize,
        key: Key,
        rest: Vec<Value>,
        note: Option<String>,
        existing: Option<String>,
    },
    Relations(PageWrite),
}

pub(crate) struct Write {
    request: Request,
    purpose: Purpose,
}

impl Batch<'_> {
    /// Runs planned operations that are independent of each other.
    pub(crate) fn perform(&mut self, round: &[usize]) {
        let contended = self.contended();
        let (mut writes, mut links, mut invocations) = (Vec::new(), Vec::new(), Vec::new());
        let mut steps = Vec::new();
        for number in round {
            let Some(operation) = self.operation(*number) else { continue };
            match std::mem::replace(&mut operation.state, State::Given) {
                State::Planned(Step::Upsert(step)) => steps.push((*number, step)),
                State::Planned(Step::Link(step)) => links.push((*number, step)),
                State::Planned(Step::Tool(invocation)) => invocations.push((*number, invocation)),
                other => operation.state = other,
            }
        }
        for (number, step) in steps {
            match self.write_of(number, step, &contended) {
                Ok(write) => writes.extend(write),
                Err(problem) => self.finish(number, Err(problem)),
            }
        }
        let mut tally = Tally::new(&links);
        writes.extend(self.relation_writes(&links, &mut tally));
        // Whatever is wrong with the operations of a round is known before the first of its writes.
        self.heed_problems();
        if tally.has_failed() {
            self.stop_at_problem();
        }
        self.write(writes, &mut tally);
        self.settle_links(tally);
        self.heed_problems();
        self.invoke(invocations);
        self.heed_problems();
    }

    /// The write of an upsert; none when nothing is to be written.
    fn write_of(
        &mut self,
        number: usize,
        step: upsert::Step,
        contended: &HashSet<String>,
    ) -> Result<Option<Write>, Problem> {
        let (source, key) = (step.source, step.key.clone());
        let row = match self.rows.matching(source, &key)? {
            Match::Several(problem) => return Err(problem),
            Match::None => None,
            Match::One(row) => Some(row),
        };
        let data_source = self.sources.get(source)?;
        let Fitted { properties, notes: left_out } = step.fitted(&data_source.schema, row)?;
        let mut notes: Vec<String> = step.notes.iter().cloned().chain(left_out).collect();
        match row {
            Some(_) if !matches!(step.content, Content::Nothing) => {
                notes.insert(0, upsert::UNUSED_CONTENT.to_owned());
            }
            Some(_) => {}
            None => notes.extend(step.content.notes().iter().cloned()),
        }
        let (existing, url) = (row.map(|row| row.id.clone()), row.and_then(|row| row.url.clone()));
        let values = properties.clone();
        let change = upsert::Step { properties, ..step }.change(&data_source.id, row)?;
        let (request, rest) = match change {
            Change::Create(request, rest) => (request, rest),
            Change::Update(request) => (request, Vec::new()),
            Change::Nothing => {
                let id = existing.unwrap_or_default();
                let note = upsert::joined(&notes);
                self.finish(number, Ok(upsert::result("unchanged", &id, url.as_deref(), note.as_deref())));
                return Ok(None);
            }
        };
        self.sources.decide(self.call, source)?;
        // Only a later operation on the same row needs to know what it is like afterwards.
        let is_contended = self
            .operation(number)
            .is_some_and(|operation| operation.claims.iter().any(|(claim, _)| contended.contains(claim)));
        let request = if is_contended { request } else { request.query("filter_properties", "title") };
        notes.extend(self.sources.notes_on(source, &values));
        if let (None, Some(alike)) = (&existing, self.rows.alike(source, &key)) {
            notes.insert(0, format!("The row {alike} has the same value in another case."));
        }
        let note = upsert::joined(&notes);
        Ok(Some(Write { request, purpose: Purpose::Row { number, source, key, rest, note, existing } }))
    }

    /// Reads what the relations hold, and makes one write for each page that changes.
    pub(crate) fn relation_writes(
        &mut self,
        links: &[(usize, crate::link::Step)],
        tally: &mut Tally,
    ) -> Vec<Write> {
        let wanted: Vec<_> = links
            .iter()
            .flat_map(|(_, step)| step.pages.iter().map(|page| (*page, step.source, step.property.clone())))
            .collect();
        self.pages.read_lists(self.call, &mut self.sources, &wanted);
        let mut cut = Vec::new();
        for (_, step) in links {
            for page in &step.pages {
                let is_cut = |list: &crate::pages::List| !list.is_whole && !step.is_settled_by(&list.ids);
                let wanted = (*page, step.source, step.property.clone());
                if self.pages.list(page, &step.property).is_ok_and(is_cut) && !cut.contains(&wanted) {
                    cut.push(wanted);
                }
            }
        }
        self.pages.complete(self.call, &self.sources, &cut);
        let mut pages: BTreeMap<NotionId, PageWrite> = BTreeMap::new();
        for (number, step) in links {
            for page in &step.pages {
                let write = pages.entry(*page).or_insert_with(|| PageWrite::of(*page));
                tally.apply(*number, step, write, &self.pages);
            }
        }
        let changed = pages.into_values().filter(PageWrite::changes);
        changed.map(|write| Write { request: write.request(), purpose: Purpose::Relations(write) }).collect()
    }

    fn write(&mut self, writes: Vec<Write>, tally: &mut Tally) {
        let mut left = writes.into_iter().peekable();
        while left.peek().is_some() {
            if !self.may_start() {
                break;
            }
            let (requests, purposes): (Vec<Request>, Vec<Purpose>) =
                left.by_ref().take(CHUNK).map(|write| (write.request, write.purpose)).unzip();
            let before = self.call.remaining_ms();
            let answers = self.call.notion().send_all(requests);
            for (purpose, answer) in purposes.into_iter().zip(answers) {
                self.take(purpose, answer, tally);
            }
            self.after_chunk(before, left.peek().is_some());
            if tally.has_failed() {
                self.stop_at_problem();
            }
        }
    }

    fn invoke(&mut self, invocations: Vec<(usize, Invocation)>) {
        let mut left = invocations.into_iter().peekable();
        while left.peek().is_some() {
            if !self.may_start() {
                break;
            }
            let (numbers, chunk): (Vec<usize>, Vec<Invocation>) = left.by_ref().take(CHUNK).unzip();
            let before = self.call.remaining_ms();
            for (number, result) in numbers.into_iter().zip(self.call.tools().invoke_all(chunk)) {
                // A tool's other limits are those of its own arguments.
                self.heed_limit(result.as_ref().err().filter(|problem| problem.code != Code::LimitExceeded));
                self.sent += 1;
                self.finish(number, result);
            }
            self.after_chunk(before, left.peek().is_some());
        }
    }

    /// Takes in the answer to a write.
    fn take(&mut self, purpose: Purpose, answer: Result<Response, Problem>, tally: &mut Tally) {
        self.sent += 1;
        self.heed_limit(answer.as_ref().err());
        match purpose {
            Purpose::Relations(write) => tally.take(write, answer, &mut self.pages),
            Purpose::Row { number, source, key, rest, note, existing } => {
                let written = answer.and_then(|answer| {
                    let id = upsert::page_id(&answer.body)?.to_owned();
                    Ok((id, answer.body))
                });
                let result = match written {
                    Ok((id, page)) => {
                        let said = note.into_iter().chain(warnings(&page)).collect::<Vec<_>>();
                        let note = upsert::joined(&said);
                        let action = if existing.is_some() { "updated" } else { "created" };
                        self.row_written(source, &key, id, page, rest)
                            .map(|(id, url)| upsert::result(action, &id, url.as_deref(), note.as_deref()))
                    }
                    Err(problem) => {
                        if problem.code == Code::OutcomeUnknown && existing.is_none() {
                            self.rows.doubt(source, &key);
                        }
                        Err(problem)
                    }
                };
                match result {
                    Err(problem) if self.is_outdated(number, source, &problem) => {}
                    result => self.finish(number, result),
                }
            }
        }
    }

    /// Remembers a row that was written, and appends what its creation had no room for; answers its id and link.
    fn row_written(
        &mut self,
        source: usize,
        key: &Key,
        id: String,
        mut page: Value,
        rest: Vec<Value>,
    ) -> Result<(String, Option<String>), Problem> {
        let url = page.get("url").and_then(Value::as_str).map(str::to_owned);
        self.rows.written(source, key, &mut page);
        if !rest.is_empty() {
            blocks::append(self.call, &id, rest, None).map_err(|mut problem| {
                problem.message =
                    format!("The row was created, but only a part of its content: {}", problem.message);
                problem.details(json!({ "id": id, "url": url }))
            })?;
        }
        Ok((id, url))
    }

    /// False, and stopped, when there is no time for another chunk, or another reason not to start it.
    pub(crate) fn may_start(&mut self) -> bool {
        let left = self.call.remaining_ms();
        if self.stopped.is_none() && left < LEAST_TIME.max(self.last_chunk.saturating_mul(2)) {
            self.stopped = Some(Stop::Reason(
                Problem::limit_exceeded("The time of the call is nearly up.")
                    .hint("Send those that were not run again, in a call of their own or as a job."),
            ));
        }
        self.stopped.is_none()
    }

    fn after_chunk(&mut self, remaining_before: u64, has_more: bool) {
        self.last_chunk = remaining_before.saturating_sub(self.call.remaining_ms());
        self.heed_problems();
        let done = u64::try_from(self.sent).unwrap_or(u64::MAX);
        let total = u64::try_from(self.operations.len()).unwrap_or(u64::MAX).max(done);
        let is_over = !has_more && self.operations.len() == 1;
        let is_there = is_over || self.call.progress(done, Some(total), None);
        if !is_there && self.stopped.is_none() {
            self.stopped = Some(Stop::Reason(Problem::cancelled("The caller has gone or asked to stop.")));
        }
    }

    /// Notion's budget, or the call's, does not come back by asking again.
    fn heed_limit(&mut self, problem: Option<&Problem>) {
        if let Some(problem) = problem.filter(|problem| is_spent(problem))
            && self.stopped.is_none()
        {
            self.stopped = Some(Stop::Reason(problem.clone()));
        }
    }
}

/// Whether there is no more budget of Notion or of the call: the request was not carried out.
pub(crate) fn is_spent(problem: &Problem) -> bool {
    let is_notions = problem.details.as_ref().is_some_and(|details| details.get("notion").is_some());
    match problem.code {
        Code::RateLimited | Code::Cancelled => true,
        // Notion's limits are on one request, the host's on the whole call.
        Code::LimitExceeded => !is_notions,
        _ => false,
    }
}
