//! Appends blocks: carries out a plan.

use std::collections::HashMap;

use serde_json::{Value, json};
use toolbay_sdk_notion::blocks::plan::{Batch, Plan, count, plan};
use toolbay_sdk_notion::blocks::tree::BLOCK_LIMIT;

use crate::{Call, Problem};

/// What was appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Ids of the new blocks of the first level, in order.
    pub ids: Vec<String>,
    /// How many blocks there are now more, nested ones included.
    pub count: usize,
}

/// Appends blocks as [`to_notion`](super::to_notion) or [`from_markdown`](super::from_markdown) make them, any number and
/// nested to any depth, in order; at a place among the children.
///
/// A request carries at most 100 blocks a level, three levels, 1,000 blocks and 450 KB; 1,000 flat blocks are ten
/// requests. What is deeper is appended to the blocks that hold it, one request each.
///
/// # Errors
///
/// `limit_exceeded` before anything is sent for more than 10,000 blocks or one larger than a request; what Notion says,
/// with how many blocks were appended before and how to go on in the hint, and in the details (`appended`, `last_id`,
/// `unfinished`).
pub fn append(
    call: &Call,
    parent_id: &str,
    blocks: Vec<Value>,
    after: Option<&str>,
) -> Result<Appended, Problem> {
    append_at(call, parent_id, blocks, after.map_or(Place::End, |after| Place::After(after.to_owned())))
}

/// Where blocks go among the children of their parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    Start,
    /// Behind this child.
    After(String),
    /// Behind all others.
    #[default]
    End,
}

/// As [`append`], at any place.
///
/// # Errors
///
/// As [`append`].
pub fn append_at(
    call: &Call,
    parent_id: &str,
    blocks: Vec<Value>,
    place: Place,
) -> Result<Appended, Problem> {
    let total: usize = blocks.iter().map(count).sum();
    if total > BLOCK_LIMIT {
        return Err(Problem::limit_exceeded(format!(
            "There are {total} blocks; one call appends {BLOCK_LIMIT}."
        ))
        .hint("Append them in several calls."));
    }
    let plan = plan(blocks)?;
    let mut sender = Sender { call, appended: 0, unfinished: Vec::new() };
    let mut ids = Vec::new();
    match sender.carry_out(parent_id, &plan, place, &mut ids) {
        Ok(()) => Ok(Appended { ids, count: sender.appended }),
        Err(problem) if sender.appended == 0 => Err(problem),
        Err(problem) => Err(sender.interrupted(problem, total, ids.last())),
    }
}

struct Sender<'call> {
    call: &'call Call,
    /// Blocks that are there, nested ones included.
    appended: usize,
    /// Blocks that lack some of what is to be in them, with how many.
    unfinished: Vec<(String, usize)>,
}

impl Sender<'_> {
    fn carry_out(
        &mut self,
        parent_id: &str,
        plan: &Plan,
        mut place: Place,
        ids: &mut Vec<String>,
    ) -> Result<(), Problem> {
        for batch in &plan.batches {
            let new = self.send(parent_id, batch, &place)?;
            // At the end, those before them are already the last.
            if let (Place::Start | Place::After(_), Some(last)) = (&place, new.last()) {
                place = Place::After(last.clone());
            }
            self.appended += batch.count;
            ids.extend(new.iter().cloned());
            self.fill(batch, &new)?;
        }
        Ok(())
    }

    fn send(&self, parent_id: &str, batch: &Batch, place: &Place) -> Result<Vec<String>, Problem> {
        let mut body = json!({ "children": batch.blocks });
        let position = match place {
            Place::Start => Some(json!({ "type": "start" })),
            Place::After(after) => Some(json!({ "type": "after_block", "after_block": { "id": after } })),
            Place::End => None,
        };
        if let (Some(position), Some(body)) = (position, body.as_object_mut()) {
            body.insert("position".to_owned(), position);
        }
        let answer = self.call.notion().patch(["v1", "blocks", parent_id, "children"], body).send()?.body;
        let mut new = ids_of(&answer);
        // Where blocks are put before others, Notion answers with those that follow too: the first are the new ones.
        new.truncate(batch.blocks.len());
        if new.len() == batch.blocks.len() {
            return Ok(new);
        }
        Err(Problem::outcome_unknown(format!(
            "Notion was given {} blocks and answered with {}.",
            batch.blocks.len(),
            new.len()
        ))
        .hint("List the children to see what is there before appending anything again."))
    }

    /// Appends to the blocks of a request what the request did not carry.
    fn fill(&mut self, batch: &Batch, new: &[String]) -> Result<(), Problem> {
        let mut read = HashMap::new();
        for (number, missing) in batch.missing.iter().enumerate() {
            let mut place = None;
            let mut nested = Vec::new();
            let done = self.resolve(new, &missing.path, &mut read).and_then(|id| {
                let id = place.insert(id);
                self.carry_out(id, &missing.plan, Place::End, &mut nested)
            });
            if let Err(problem) = done {
                let holder = place.or_else(|| known(new, &missing.path).cloned());
                let own = holder.map(|id| (id, missing.count.saturating_sub(nested.len())));
                self.unfinished.extend(own.filter(|(_, left)| *left > 0));
                let later = batch.missing.iter().skip(number + 1);
                let later =
                    later.filter_map(|missing| Some((known(new, &missing.path)?.clone(), missing.count)));
                self.unfinished.extend(later);
                return Err(problem);
            }
        }
        Ok(())
    }

    /// The id of the block at this path; what is not on the first level is read.
    fn resolve(
        &self,
        new: &[String],
        path: &[usize],
        read: &mut HashMap<String, Vec<String>>,
    ) -> Result<String, Problem> {
        let gone = || Problem::conflict("A block that was just created is not where it was put.");
        let (first, deeper) = path.split_first().ok_or_else(gone)?;
        let mut id = new.get(*first).ok_or_else(gone)?.clone();
        for place in deeper {
            let ids = match read.get(&id) {
                Some(ids) => ids,
                None => {
                    let path = ["v1", "blocks", id.as_str(), "children"];
                    let answer = self.call.notion().get(path).query("page_size", 100).send()?.body;
                    read.entry(id.clone()).or_insert_with(|| ids_of(&answer))
                }
            };
            id = ids.get(*place).ok_or_else(gone)?.clone();
        }
        Ok(id)
    }

    /// The problem that ended the call, with what was done before it.
    fn interrupted(&self, mut problem: Problem, total: usize, last: Option<&String>) -> Problem {
        let mut hint = format!("{} of {total} blocks were appended", self.appended);
        if let Some(last) = last {
            hint.push_str(&format!("; the last one of the first level is {last}: go on after it"));
        }
        for (id, missing) in &self.unfinished {
            hint.push_str(&format!("; {id} still lacks the last {missing} of the blocks in it"));
        }
        hint.push('.');
        if let Some(own) = problem.hint.take() {
            hint = format!("{own} {hint}");
        }
        let unfinished: Vec<Value> =
            self.unfinished.iter().map(|(id, missing)| json!({ "id": id, "missing": missing })).collect();
        let mut details = match problem.details.take().map(|details| *details) {
            Some(Value::Object(details)) => details,
            _ => serde_json::Map::new(),
        };
        details.insert("appended".to_owned(), json!(self.appended));
        details.insert("last_id".to_owned(), json!(last));
        if !unfinished.is_empty() {
            details.insert("unfinished".to_owned(), Value::Array(unfinished));
        }
        problem.hint(hint).details(details)
    }
}

/// The id at a path of the first level.
fn known<'ids>(new: &'ids [String], path: &[usize]) -> Option<&'ids String> {
    match path {
        [only] => new.get(*only),
        _ => None,
    }
}

fn ids_of(answer: &Value) -> Vec<String> {
    let results = answer.get("results").and_then(Value::as_array).into_iter().flatten();
    results.filter_map(|block| block.get("id")?.as_str()).map(str::to_owned).collect()
}
