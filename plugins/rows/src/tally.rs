//! Links, collected into one write a page, and a result for each operation over all its pages.

use std::collections::BTreeMap;

use serde_json::Map;
use toolbay_sdk::notion::NotionId;
use toolbay_sdk::prelude::*;

use crate::batch::Batch;
use crate::link::Step;
use crate::pages::Pages;
use crate::upsert;

/// Pages that a problem names at most.
const MAX_NAMED: usize = 10;

/// The write of one page.
#[derive(Debug)]
pub(crate) struct PageWrite {
    page: NotionId,
    /// The lists before, and as they shall be.
    lists: BTreeMap<String, (Vec<NotionId>, Vec<NotionId>)>,
    /// The operations that change something on it.
    numbers: Vec<usize>,
}

impl PageWrite {
    pub(crate) fn of(page: NotionId) -> Self {
        Self { page, lists: BTreeMap::new(), numbers: Vec::new() }
    }

    pub(crate) fn changes(&self) -> bool {
        self.lists.values().any(|(before, after)| before != after)
    }

    pub(crate) fn request(&self) -> Request {
        let mut properties = Map::new();
        for (name, (before, after)) in &self.lists {
            if before != after {
                let pages: Vec<Value> = after.iter().map(|page| json!({ "id": page })).collect();
                properties.insert(name.clone(), json!({ "relation": pages }));
            }
        }
        Request::patch(["v1", "pages", self.page.to_string().as_str()], json!({ "properties": properties }))
            .query("filter_properties", "title")
    }
}

/// One operation.
#[derive(Debug)]
struct Account {
    number: usize,
    source: usize,
    pages: Vec<NotionId>,
    remove: bool,
    notes: Vec<String>,
    /// Pages whose write is not answered yet.
    open: usize,
    changed: usize,
    url: Option<String>,
    failed: Vec<(NotionId, Problem)>,
}

/// All links of a round.
#[derive(Debug)]
pub(crate) struct Tally {
    accounts: BTreeMap<usize, Account>,
}

impl Tally {
    pub(crate) fn new(links: &[(usize, Step)]) -> Self {
        let account = |(number, step): &(usize, Step)| {
            let account = Account {
                number: *number,
                source: step.source,
                pages: step.pages.clone(),
                remove: step.remove,
                notes: step.notes.clone(),
                open: 0,
                changed: 0,
                url: None,
                failed: Vec::new(),
            };
            (*number, account)
        };
        Self { accounts: links.iter().map(account).collect() }
    }

    /// Adds what an operation does to a page to the page's write.
    pub(crate) fn apply(&mut self, number: usize, step: &Step, write: &mut PageWrite, pages: &Pages) {
        let Some(account) = self.accounts.get_mut(&number) else { return };
        let page = write.page;
        let applied = pages.source(&page).and_then(|source| {
            if source != step.source {
                return Err(Problem::invalid_input(format!("{page} is a row of another database."))
                    .hint("Link the pages of one database at once."));
            }
            let current = match write.lists.get(&step.property) {
                Some((_, after)) => after.clone(),
                None => {
                    let list = pages.list(&page, &step.property)?;
                    if !list.is_whole && step.is_settled_by(&list.ids) {
                        return Ok(None);
                    }
                    list.ids.clone()
                }
            };
            Ok(step.applied(&current)?.map(|list| (current, list)))
        });
        match applied {
            Ok(None) => {}
            Ok(Some((current, list))) => {
                write.lists.entry(step.property.clone()).or_insert((current, Vec::new())).1 = list;
                write.numbers.push(number);
                account.open += 1;
            }
            Err(problem) => account.failed.push((page, problem)),
        }
    }

    /// Takes in the answer to a page's write.
    pub(crate) fn take(&mut self, write: PageWrite, answer: Result<Response, Problem>, pages: &mut Pages) {
        let answer = answer.and_then(written_page);
        let url = answer.as_ref().ok().and_then(|answer| answer.body.get("url")?.as_str().map(str::to_owned));
        for number in &write.numbers {
            let Some(account) = self.accounts.get_mut(number) else { continue };
            account.open = account.open.saturating_sub(1);
            match &answer {
                Ok(_) => {
                    account.changed += 1;
                    account.url.clone_from(&url);
                }
                Err(problem) => account.failed.push((write.page, problem.clone())),
            }
        }
        match answer {
            Ok(_) => {
                for (name, (_, after)) in write.lists {
                    pages.set(&write.page, &name, after);
                }
            }
            Err(_) => pages.forget(&write.page),
        }
    }

    /// Whether a page of any operation could not be linked.
    pub(crate) fn has_failed(&self) -> bool {
        self.accounts.values().any(|account| !account.failed.is_empty())
    }

    /// The operations that cannot be carried out as they are, before anything is sent.
    pub(crate) fn refused(self) -> Vec<(usize, usize, Problem)> {
        let refused = |account: Account| {
            let (_, first) = account.failed.first()?;
            Some((account.number, account.source, account.refusal(first.clone())))
        };
        self.accounts.into_values().filter_map(refused).collect()
    }

    /// The results of all operations that were begun; those that were not are skipped.
    fn results(self) -> Vec<(usize, usize, Result<Value, Problem>)> {
        let result = |account: Account| Some((account.number, account.source, account.result()?));
        self.accounts.into_values().filter_map(result).collect()
    }
}

impl Account {
    fn result(self) -> Option<Result<Value, Problem>> {
        if let Some((_, problem)) = self.failed.first() {
            return Some(Err(self.refusal(problem.clone())));
        }
        if self.open > 0 {
            if self.changed == 0 {
                return None;
            }
            let (done, all) = (self.pages.len() - self.open, self.pages.len());
            return Some(Err(Problem::cancelled(format!(
                "Only {done} of {all} pages were linked before the end."
            ))
            .hint("Send the same link again: what is linked already is left alone.")
            .details(self.counts())));
        }
        let action = match (self.changed, self.remove) {
            (0, _) => "unchanged",
            (_, false) => "linked",
            (_, true) => "unlinked",
        };
        let mut result = json!({ "action": action });
        if let Some(result) = result.as_object_mut() {
            match self.pages.as_slice() {
                [only] => {
                    result.insert("id".to_owned(), json!(only));
                    result.extend(self.url.map(|url| ("url".to_owned(), Value::from(url))));
                }
                several => {
                    result.insert("changed".to_owned(), self.changed.into());
                    result.insert("unchanged".to_owned(), (several.len() - self.changed).into());
                }
            }
            if !self.notes.is_empty() {
                result.insert("note".to_owned(), self.notes.join(" ").into());
            }
        }
        Some(Ok(result))
    }

    /// How many pages were written, were as they should be, and are still to be written.
    fn counts(&self) -> Value {
        let other = self.changed + self.open + self.failed.len();
        json!({ "linked": self.changed, "unchanged": self.pages.len().saturating_sub(other), "open": self.open })
    }

    /// One problem for all pages that could not be linked.
    fn refusal(&self, first: Problem) -> Problem {
        if self.pages.len() == 1 {
            return first;
        }
        let named: Vec<Value> = self
            .failed
            .iter()
            .take(MAX_NAMED)
            .map(|(page, problem)| json!({ "id": page, "code": problem.code.as_str(), "message": problem.message }))
            .collect();
        let mut problem = first;
        problem.message = format!(
            "{} of {} pages could not be linked, {} were. {}",
            self.failed.len(),
            self.pages.len(),
            self.changed,
            problem.message
        );
        let mut details = self.counts();
        if let Some(details) = details.as_object_mut() {
            details.insert("failed".to_owned(), named.into());
        }
        problem.details(details)
    }
}

/// Only a page says that the page was written.
fn written_page(answer: Response) -> Result<Response, Problem> {
    upsert::page_id(&answer.body)?;
    Ok(answer)
}

impl Batch<'_> {
    /// Gives the operations that link their results.
    pub(crate) fn settle_links(&mut self, tally: Tally) {
        for (number, source, result) in tally.results() {
            match result {
                Err(problem) if self.is_outdated(number, source, &problem) => {}
                result => self.finish(number, result),
            }
        }
    }
}
