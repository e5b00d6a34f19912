//! Which requests append a tree of blocks. Nothing here talks to anything.
//!
//! One request carries 100 blocks with two levels below them, and its answer has the ids of the first level only. So a
//! block that is too deep or too long for one request goes on the first level of one, without what does not fit, and the
//! rest is appended to its id: one request more, and no reading. Only what has to come with its parent (columns, tabs)
//! gets its id from a list of children.

use serde_json::Value;

use super::kind::{self, Children};
use super::tree::{children, kind_of, put_children, take_children};
use crate::ARRAY_LIMIT;
use crate::Error;

/// Levels below the first that a request can have.
const LEVELS: usize = 2;

/// Most blocks of a request, nested ones included.
const ELEMENT_LIMIT: usize = 1_000;

/// Most bytes of a request's blocks as JSON: Notion takes 500 KB, and the rest of the body needs some.
const BYTE_LIMIT: usize = 450_000;

/// Requests to one parent, in their order.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order in which they are sent.
    pub batches: Vec<Batch>,
}

/// The blocks of one request.
#[derive(Debug, Default)]
pub struct Batch {
    /// Those of the first level.
    pub blocks: Vec<Value>,
    /// Blocks, nested ones included.
    pub count: usize,
    bytes: usize,
    /// What is to be appended to them.
    pub missing: Vec<Missing>,
}

/// What a block of a request still needs once the request is answered.
#[derive(Debug)]
pub struct Missing {
    /// The block's place in the request, and then from child to child.
    pub path: Vec<usize>,
    /// How many blocks are to be appended to it, without those in them.
    pub count: usize,
    /// The requests that append them.
    pub plan: Plan,
}

/// How much of a block that does not fit goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// As much as saves a request.
    Saving,
    /// As little as Notion takes.
    Least,
}

/// A block as one request carries it.
struct Piece {
    block: Value,
    count: usize,
    bytes: usize,
    missing: Vec<(Vec<usize>, Vec<Value>)>,
}

/// The requests that append these blocks.
///
/// # Errors
///
/// `LimitExceeded` for a block that alone is larger than a request.
pub fn plan(blocks: Vec<Value>) -> Result<Plan, Error> {
    let mut plan = Plan::default();
    for block in blocks {
        let piece = piece(block)?;
        let fits = plan.batches.last().is_some_and(|batch| batch.has_room(&piece));
        if !fits {
            plan.batches.push(Batch::default());
        }
        if let Some(batch) = plan.batches.last_mut() {
            batch.add(piece)?;
        }
    }
    Ok(plan)
}

/// Splits blocks into those that the request which creates their page can carry whole, and the rest, which is appended.
#[must_use]
pub fn first_batch(blocks: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    let mut batch = Batch::default();
    let mut blocks = blocks.into_iter();
    let mut rest = Vec::new();
    for block in blocks.by_ref() {
        let (count, bytes) = size(&block);
        let whole = is_whole(&block, 0) && fits(count, bytes);
        let piece = Piece { block, count, bytes, missing: Vec::new() };
        if !(whole && batch.has_room(&piece)) {
            rest.push(piece.block);
            break;
        }
        batch.blocks.push(piece.block);
        batch.count += count;
        batch.bytes += bytes;
    }
    rest.extend(blocks);
    (batch.blocks, rest)
}

impl Batch {
    fn has_room(&self, piece: &Piece) -> bool {
        self.blocks.len() < ARRAY_LIMIT && fits(self.count + piece.count, self.bytes + piece.bytes)
    }

    fn add(&mut self, piece: Piece) -> Result<(), Error> {
        let place = self.blocks.len();
        for (path, rest) in piece.missing {
            let path = [place].into_iter().chain(path).collect();
            self.missing.push(Missing { path, count: rest.len(), plan: plan(rest)? });
        }
        self.blocks.push(piece.block);
        self.count += piece.count;
        self.bytes += piece.bytes;
        Ok(())
    }
}

/// The most of a block that one request can carry.
fn piece(block: Value) -> Result<Piece, Error> {
    if is_whole(&block, 0) {
        let (count, bytes) = size(&block);
        if fits(count, bytes) {
            return Ok(Piece { block, count, bytes, missing: Vec::new() });
        }
    }
    for share in [Share::Saving, Share::Least] {
        let (mut block, mut missing) = (block.clone(), Vec::new());
        cut(&mut block, 0, share, &mut Vec::new(), &mut missing);
        let (count, bytes) = size(&block);
        if fits(count, bytes) {
            return Ok(Piece { block, count, bytes, missing });
        }
    }
    Err(Error::limit_exceeded(format!(
        "A block of type `{}` is larger than the {BYTE_LIMIT} bytes that one request carries.",
        kind_of(&block)
    ))
    .hint("Divide its text into several blocks."))
}

/// Whether a request carries so much.
fn fits(count: usize, bytes: usize) -> bool {
    count <= ELEMENT_LIMIT && bytes <= BYTE_LIMIT
}

/// How many blocks there are in a block, itself included, and how many bytes of JSON.
fn size(block: &Value) -> (usize, usize) {
    (count(block), block.to_string().len() + 1)
}

/// How many blocks there are in a block, itself included.
pub fn count(block: &Value) -> usize {
    1 + children(block).iter().map(count).sum::<usize>()
}

/// Whether a request takes a block on this level with all that is in it.
fn is_whole(block: &Value, level: usize) -> bool {
    let nested = children(block);
    let is_allowed = match kind_of(block) {
        "column_list" | "column" => level == 0,
        "table" | "tab" => level < LEVELS,
        _ => level <= LEVELS,
    };
    is_allowed
        && nested.len() <= ARRAY_LIMIT
        && nested.iter().all(|child| is_whole(child, level_below(block, level)))
}

/// Columns are on the level of their list.
fn level_below(block: &Value, level: usize) -> usize {
    if kind_of(block) == "column_list" { level } else { level + 1 }
}

/// Takes out of a block what a request does not carry, and adds it to `missing` with its path.
fn cut(
    block: &mut Value,
    level: usize,
    share: Share,
    path: &mut Vec<usize>,
    missing: &mut Vec<(Vec<usize>, Vec<Value>)>,
) {
    let below = level_below(block, level);
    let holds = kind::creatable(kind_of(block)).map_or(Children::None, |kind| kind.children);
    let mut kept = take_children(block);
    // What saves a request: the remainder then fills its own requests to the last place.
    let filling = kept.len().saturating_sub(1) % ARRAY_LIMIT + 1;
    let whole = kept.iter().take(ARRAY_LIMIT).take_while(|child| is_whole(child, below)).count();
    let keep = match (holds, share) {
        (Children::Columns | Children::Tabs, _) => kept.len(),
        (Children::Rows, Share::Saving) if kept.len() <= ARRAY_LIMIT => kept.len(),
        (Children::Column, Share::Saving) => whole.max(1),
        (Children::Rows | Children::Column, Share::Least) => 1,
        (_, Share::Saving) if kept.len() > ARRAY_LIMIT && whole >= filling => filling,
        (Children::Rows, _) => 1,
        _ => 0,
    };
    let rest = kept.split_off(keep.min(kept.len()));
    for (place, child) in kept.iter_mut().enumerate() {
        if share == Share::Least || !is_whole(child, below) {
            path.push(place);
            cut(child, below, share, path, missing);
            path.pop();
        }
    }
    put_children(block, kept);
    if !rest.is_empty() {
        missing.push((path.clone(), rest));
    }
}
