//! Changes a block.

use serde_json::Map;
use toolbay_sdk::notion::{Object, blocks, markdown, with_people};
use toolbay_sdk::prelude::*;

use crate::given_back;
use crate::target::{self, kind_of};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Block id or link.
    block_id: String,
    /// Members to change, as `list_blocks` has them; null empties. With `type` and `text` it takes one request less.
    block: Map<String, Value>,
}

/// Changes a block's own members, such as {"text": "inline markdown", "checked": true}; not its type or the blocks in
/// it. Others stay.
#[tool(writes, idempotent, route = "PATCH /v1/blocks/{block_id}")]
pub(crate) fn update_block(call: &Call, input: Input) -> Result<Value, Problem> {
    let id = Object::Block.decide(&input.block_id)?.to_string();
    given_back::check_id(&input.block, &id)?;
    let describes = given_back::describes(&input.block);
    let given = Value::Object(input.block);
    if let Some(kind) = complete_kind(&given).filter(|_| !describes) {
        let mut update = with_people(call, |people| blocks::to_update_with(kind, &given, people))?;
        note_signs(&mut update, &given, None);
        return match call.notion().patch(["v1", "blocks", id.as_str()], update.body).send() {
            Ok(_) => Ok(answer(&id, &update.notes)),
            Err(problem) => Err(of_another_type(call, &id, &given, problem)),
        };
    }
    let current = target::read(call, &id)?;
    let kind = kind_of(&current);
    given_back::check(given.as_object().unwrap_or(&Map::new()), &current)?;
    if matches!(kind, "child_page" | "child_database") {
        let what = kind.trim_start_matches("child_");
        return Err(Problem::invalid_input(format!("`{id}` is a whole {what}, not a block.")).hint(
            match what {
                "page" => {
                    "Change its title and properties with `update_page`, and what it says with `edit_page`."
                }
                _ => "Change it with `update_database`.",
            },
        ));
    }
    let mut update = with_people(call, |people| blocks::to_update_with(kind, &given, people))?;
    check_cells(&update, &current)?;
    note_signs(&mut update, &given, Some(&current));
    complete(&mut update, kind, &current);
    call.notion().patch(["v1", "blocks", id.as_str()], update.body).send().map_err(target::explained)?;
    Ok(answer(&id, &update.notes))
}

/// Says that a block's text is no document, where it looks like one.
fn note_signs(update: &mut blocks::Update, given: &Value, current: Option<&Value>) {
    let text = given.get("text").and_then(Value::as_str).filter(|_| given.get("language").is_none());
    let kind = current.map_or_else(|| given.get("type").and_then(Value::as_str).unwrap_or_default(), kind_of);
    let was = current.map(blocks::compact);
    let is_new = was.as_ref().and_then(|was| was.get("text")?.as_str()) != text;
    if kind != "code" && is_new && text.is_some_and(blocks::has_signs_of_blocks) {
        update.notes.push(
            "`text` is what one block says, so the signs of other blocks in it stayed text: append those as blocks.".to_owned(),
        );
    }
}

/// Refuses a row that does not fit into its table, as far as the row itself tells.
fn check_cells(update: &blocks::Update, current: &Value) -> Result<(), Problem> {
    let count = |block: &Value| block.pointer("/table_row/cells").and_then(Value::as_array).map(Vec::len);
    match (count(&update.body), count(current)) {
        (Some(given), Some(has)) if given != has => {
            Err(Problem::invalid_input(format!("The row has {has} cells, and {given} are given."))
                .hint("Give as many; an empty text empties a cell."))
        }
        _ => Ok(()),
    }
}

fn answer(id: &str, notes: &[String]) -> Value {
    match notes {
        [] => json!({ "id": id }),
        notes => json!({ "id": id, "notes": notes }),
    }
}

/// The type that a caller named, where the change says all that Notion wants to be told.
fn complete_kind(given: &Value) -> Option<&str> {
    given.get("text")?;
    given.get("type").and_then(Value::as_str)
}

/// Notion's refusal, or ours where the block turns out to be of another type than the caller said.
fn of_another_type(call: &Call, id: &str, given: &Value, problem: Problem) -> Problem {
    if target::status(&problem) != Some(400) {
        return problem;
    }
    let mismatch =
        target::read(call, id).ok().and_then(|current| blocks::to_update(kind_of(&current), given).err());
    mismatch.map_or_else(|| target::explained(problem), Problem::from)
}

/// Types whose other members Notion changes without being told the text again.
const TEXT_STAYS: [&str; 4] = ["paragraph", "to_do", "code", "callout"];

/// Of most types Notion wants the text with every change, so what is not given stays by being given again; with a note
/// where that can't keep it as it is.
fn complete(update: &mut blocks::Update, kind: &str, current: &Value) {
    let text = current.get(kind).and_then(|own| own.get("rich_text")).filter(|_| !TEXT_STAYS.contains(&kind));
    let own = update.body.get_mut(kind).and_then(Value::as_object_mut);
    let (Some(own), Some(text)) = (own.filter(|own| !own.contains_key("rich_text")), text) else { return };
    own.insert("rich_text".to_owned(), Value::Array(markdown::normalised(text)));
    let is_preview = |element: &Value| {
        let mention = element.get("mention");
        mention.is_some_and(|mention| {
            ["link_mention", "link_preview"].iter().any(|kind| mention.get(kind).is_some())
        })
    };
    if text.as_array().into_iter().flatten().any(is_preview) {
        update.notes.push("Notion takes no previews of links: those in the text became links.".to_owned());
    }
}
