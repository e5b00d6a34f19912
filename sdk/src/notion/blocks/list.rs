//! Reads the blocks in a page or block.

use serde_json::{Value, json};
use toolbay_sdk_notion::blocks::tree::{DEPTH_LIMIT, kind_of};

use crate::{Call, Code, Problem, Request};

/// A part of a block's children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Notion's block objects; beside each `children`, those in it that were read, and `more` where not all were: the
    /// cursor with which its children go on.
    pub blocks: Vec<Value>,
    /// Where the first level goes on; none at its end.
    pub next_cursor: Option<String>,
}

/// Most requests of one call; what is nested beyond them stays unread.
const REQUEST_LIMIT: usize = 50;

/// Most blocks of one answer.
const BLOCKS: usize = 2_000;

/// What Notion gives at once.
const PAGE: usize = 100;

/// A block, and the places of those in it.
struct Node {
    block: Value,
    children: Vec<usize>,
    more: Option<String>,
}

/// A request for children that is to be sent.
struct Wanted {
    parent: usize,
    /// How many levels below are wanted too.
    depth: usize,
    cursor: Option<String>,
}

/// Reads the children of a page or block from `cursor` on: at most `limit` of the first level (1 to 1,000), and what is
/// nested in them, `depth` levels of it (0 to 32). Pages and databases in it are not entered.
///
/// At most 50 requests and about 2,000 blocks: a block whose children were not read keeps `has_children`, one of which
/// not all were read has `more`.
///
/// # Errors
///
/// What Notion says about the block itself. A block in it that can't be read stays without its children.
pub fn list(
    call: &Call,
    block_id: &str,
    depth: usize,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Listed, Problem> {
    let limit = limit.clamp(1, 1_000);
    let mut next = cursor.filter(|cursor| !cursor.is_empty()).map(str::to_owned);
    let (mut nodes, mut roots, mut requests) = (Vec::new(), Vec::new(), 0);
    loop {
        let size = (limit - roots.len()).min(PAGE);
        let answer = call.notion().send(children_of(block_id, size, next.as_deref()))?.body;
        requests += 1;
        let before = roots.len();
        next = take(answer, &mut nodes, &mut roots);
        let is_spent = roots.len() >= limit || requests >= REQUEST_LIMIT;
        if next.is_none() || is_spent || roots.len() == before {
            break;
        }
    }
    let wanted =
        roots.iter().map(|parent| Wanted { parent: *parent, depth: depth.min(DEPTH_LIMIT), cursor: None });
    read_nested(call, wanted.collect(), &mut nodes, requests)?;
    let blocks = roots.into_iter().map(|root| assemble(root, &mut nodes)).collect();
    Ok(Listed { blocks, next_cursor: next })
}

/// Level by level, the requests of a level side by side.
fn read_nested(
    call: &Call,
    roots: Vec<Wanted>,
    nodes: &mut Vec<Node>,
    mut requests: usize,
) -> Result<(), Problem> {
    let mut level = roots;
    while !level.is_empty() {
        level.retain(|wanted| wanted.depth > 0 && nodes.get(wanted.parent).is_some_and(is_open));
        level.truncate(REQUEST_LIMIT.saturating_sub(requests));
        if level.is_empty() || nodes.len() >= BLOCKS {
            return Ok(());
        }
        requests += level.len();
        let asked = level.iter().map(|wanted| {
            let id = nodes.get(wanted.parent).and_then(|node| node.block.get("id")).and_then(Value::as_str);
            children_of(id.unwrap_or_default(), PAGE, wanted.cursor.as_deref())
        });
        let answers = call.notion().send_all(asked.collect());
        let mut below = Vec::new();
        for (wanted, answer) in level.into_iter().zip(answers) {
            let answer = match answer {
                Ok(answer) => answer.body,
                // A mirror of a block that is not shared with the connection, or one that was just deleted.
                Err(problem) if matches!(problem.code, Code::NotFound | Code::Forbidden) => continue,
                Err(problem) => return Err(problem),
            };
            let mut found = Vec::new();
            let more = take(answer, nodes, &mut found);
            below.extend(found.iter().map(|child| Wanted {
                parent: *child,
                depth: wanted.depth - 1,
                cursor: None,
            }));
            if let Some(cursor) = &more {
                below.push(Wanted {
                    parent: wanted.parent,
                    depth: wanted.depth,
                    cursor: Some(cursor.clone()),
                });
            }
            if let Some(parent) = nodes.get_mut(wanted.parent) {
                parent.children.extend(found);
                parent.more = more;
            }
        }
        level = below;
    }
    Ok(())
}

/// True where there are children to read: none yet, or more of them.
fn is_open(node: &Node) -> bool {
    let is_page = matches!(kind_of(&node.block), "child_page" | "child_database");
    let has_children = node.block.get("has_children").and_then(Value::as_bool) == Some(true);
    !is_page && has_children && (node.children.is_empty() || node.more.is_some())
}

fn children_of(id: &str, size: usize, cursor: Option<&str>) -> Request {
    let request = Request::get(["v1", "blocks", id, "children"]).query("page_size", size);
    match cursor {
        Some(cursor) => request.query("start_cursor", cursor),
        None => request,
    }
}

/// Keeps the blocks of an answer; answers with the cursor to go on.
fn take(mut answer: Value, nodes: &mut Vec<Node>, found: &mut Vec<usize>) -> Option<String> {
    let next = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
    if let Some(Value::Array(results)) = answer.get_mut("results").map(Value::take) {
        for block in results {
            found.push(nodes.len());
            nodes.push(Node { block, children: Vec::new(), more: None });
        }
    }
    next
}

/// A block with those in it beside its own content.
fn assemble(place: usize, nodes: &mut [Node]) -> Value {
    let Some(node) = nodes.get_mut(place) else { return Value::Null };
    let (mut block, children, more) =
        (node.block.take(), std::mem::take(&mut node.children), node.more.take());
    let children: Vec<Value> = children.into_iter().map(|child| assemble(child, nodes)).collect();
    if let Some(block) = block.as_object_mut() {
        if !children.is_empty() {
            block.insert("children".to_owned(), Value::Array(children));
        }
        if let Some(more) = more {
            block.insert("more".to_owned(), json!(more));
        }
    }
    block
}
