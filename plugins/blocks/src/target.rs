//! The page or block that a tool works on, and what Notion's refusals about it mean.

use toolbay_sdk::Code;
use toolbay_sdk::prelude::*;

/// A block as Notion answers it.
pub(crate) fn read(call: &Call, id: &str) -> Result<Value, Problem> {
    Ok(call.notion().get(["v1", "blocks", id]).send().map_err(explained)?.body)
}

/// The type of a block.
pub(crate) fn kind_of(block: &Value) -> &str {
    block.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// True for a database, which has rows where others have blocks.
pub(crate) fn is_database(call: &Call, id: &str) -> bool {
    read(call, id).is_ok_and(|block| kind_of(&block) == "child_database")
}

/// Says what would help where something is in the trash.
pub(crate) fn explained(problem: Problem) -> Problem {
    let message = problem.message.to_lowercase();
    let is_of_trash = message.contains("archived") || message.contains("in trash");
    if !is_of_trash || status(&problem) != Some(400) {
        return problem;
    }
    let own = problem.hint.clone().map(|hint| format!(" {hint}")).unwrap_or_default();
    problem.hint(format!("The block or what it is in is in the trash: restore that with the tool `trash` and `restore: true`.{own}"))
}

/// Says what would help where blocks can't be put: in a database, or behind what is somewhere else.
pub(crate) fn not_appended(call: &Call, id: &str, after: Option<&str>, problem: Problem) -> Problem {
    let problem = explained(problem);
    let is_refused = matches!(status(&problem), Some(400)) || problem.code == Code::NotFound;
    if !is_refused || problem.hint.as_ref().is_some_and(|hint| hint.contains("trash")) {
        return problem;
    }
    if is_database(call, id) {
        return problem.hint("This is a database, which holds rows: add one with `create_page` or `upsert`.");
    }
    let elsewhere = after.and_then(|after| {
        let block = read(call, after).ok()?;
        let parent = block.get("parent")?;
        let own = ["block_id", "page_id", "database_id"].iter().find_map(|key| parent.get(*key)?.as_str())?;
        let is_there = own.replace('-', "") == id.replace('-', "");
        (!is_there).then(|| {
            format!(
                "`after` is a block in `{own}`, not in `{id}`: append there, or give a block of this one."
            )
        })
    });
    match elsewhere {
        Some(hint) => problem.hint(hint),
        None if after.is_some() && problem.code == Code::NotFound => {
            problem.hint("`list_blocks` shows the ids of the blocks in it, of which `after` has to be one.")
        }
        None => problem,
    }
}

/// The status that Notion answered with.
pub(crate) fn status(problem: &Problem) -> Option<u64> {
    problem.details.as_ref()?.pointer("/notion/status")?.as_u64()
}
