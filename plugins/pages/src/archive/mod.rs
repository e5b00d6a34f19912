//! Moves rows into another database without losing what Notion drops on the way.

mod values;

use serde_json::Map;
use toolbay_sdk::notion::{DataSource, Object, Schema};
use toolbay_sdk::{Code, prelude::*};

use crate::get_page::complete::{self, Computed};
use crate::survived;

/// Rows of one call: each costs three requests.
const MAX_ROWS: usize = 100;

/// Milliseconds that a further row may take; with less left, the rest is left for another call.
const ROW_TIME_MS: u64 = 6_000;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Rows: ids or links.
    page_ids: Vec<String>,
    /// Database to move them into: id or link.
    database_id: String,
}

/// Moves rows into another database and keeps their values where it has a column of the same name and type; says which
/// values it couldn't keep.
#[tool(writes, idempotent)]
pub(crate) fn archive(call: &Call, input: Input) -> Result<Value, Problem> {
    let ids = ids(&input.page_ids)?;
    let mut target = DataSource::decide(call, &input.database_id)?;
    target.refreshed(call)?;
    let mut archived = Archived::default();
    let mut left = ids.iter();
    for id in left.by_ref() {
        let problem = match row(call, &target, id) {
            Ok(row) => archived.add(id, row),
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem {
            return Err(archived.into_problem(problem, left.collect()));
        }
        if call.remaining_ms() < ROW_TIME_MS {
            break;
        }
    }
    Ok(archived.into_answer(left.collect()))
}

fn ids(given: &[String]) -> Result<Vec<String>, Problem> {
    if given.is_empty() {
        return Err(Problem::invalid_input("`page_ids` names no row.").hint("Give at least one id or link."));
    }
    if given.len() > MAX_ROWS {
        return Err(Problem::limit_exceeded(format!("`page_ids` names {} rows.", given.len()))
            .hint(format!("Give at most {MAX_ROWS} in one call.")));
    }
    let mut ids: Vec<String> = Vec::new();
    for text in given {
        let id = Object::Page.decide(text)?.to_string();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// What became of one row.
struct Row {
    lost: Map<String, Value>,
    new_options: Vec<String>,
    /// Why its values weren't written after it was moved.
    problem: Option<Problem>,
    was_there: bool,
}

fn row(call: &Call, target: &DataSource, id: &str) -> Result<Row, Problem> {
    let mut before = call.notion().get(["v1", "pages", id]).send()?.body;
    if before.get("in_trash").and_then(Value::as_bool) == Some(true) {
        return Err(Problem::conflict(format!("The row `{id}` is in the trash.")).hint("Restore it first."));
    }
    let is_there =
        before.pointer("/parent/data_source_id").and_then(Value::as_str) == Some(target.id.as_str());
    if is_there {
        return Ok(Row { lost: Map::new(), new_options: Vec::new(), problem: None, was_there: true });
    }
    let unknown = complete::complete(call, id, &mut before, Computed::Leave)?;
    if let Some(name) = unknown.cut.first() {
        return Err(Problem::limit_exceeded(format!("`{name}` of the row `{id}` is too long to be moved."))
            .hint("Nothing of this row was changed. Move it in Notion, or shorten the value first."));
    }
    let values = relations_to_same(values::fitting(&before, &target.schema), call, &before, &target.schema)?;
    let new_options = values::new_options(&values, &target.schema);
    let body = json!({ "parent": { "type": "data_source_id", "data_source_id": target.id } });
    let mut after = call.notion().post(["v1", "pages", id, "move"], body).send()?.body;
    let mut problem = None;
    if !values.is_empty() {
        let body = json!({ "properties": values });
        match call.notion().patch(["v1", "pages", id], body).send() {
            Ok(answer) => after = answer.body,
            Err(refused) => problem = Some(unwritten(id, refused)),
        }
    }
    // Notion shows the start of long values; what was written whole is compared whole.
    if problem.is_none() {
        complete::complete(call, id, &mut after, Computed::Leave)?;
    }
    Ok(Row { lost: survived::lost(&before, &after), new_options, problem, was_there: false })
}

/// A row that was moved, and whose values are nowhere but in this answer.
fn unwritten(id: &str, refused: Problem) -> Problem {
    let were = if refused.code == Code::OutcomeUnknown { "may not have been" } else { "were not" };
    let message = format!("The row `{id}` was moved, and its values {were} written: {}", refused.message);
    let mut problem = refused;
    problem.message = message;
    problem.hint(
        "`details` has them under `not_kept`: look at the row, and give it those that it lacks with `update_page`.",
    )
}

/// Without the relations to other data sources than the column's: their pages are no pages of it.
fn relations_to_same(
    mut values: Map<String, Value>,
    call: &Call,
    before: &Value,
    schema: &Schema,
) -> Result<Map<String, Value>, Problem> {
    if !values.values().any(|value| value.get("relation").is_some()) {
        return Ok(values);
    }
    let source = DataSource::of_page(call, before)?;
    let related = |schema: &Schema, name: &str| {
        let column = schema.properties().iter().find(|column| column.name == name);
        column.and_then(|column| column.related()).map(str::to_owned)
    };
    values.retain(|name, value| {
        value.get("relation").is_none()
            || source.as_ref().is_some_and(|source| related(&source.schema, name) == related(schema, name))
    });
    Ok(values)
}

/// What became of all.
#[derive(Default)]
struct Archived {
    moved: usize,
    unchanged: usize,
    /// Those of which there is something to say.
    rows: Vec<Value>,
    new_options: Vec<String>,
}

impl Archived {
    /// Adds what became of a row; what went wrong with it comes back.
    fn add(&mut self, id: &str, row: Row) -> Option<Problem> {
        if row.was_there {
            self.unchanged += 1;
            return None;
        }
        self.moved += 1;
        for option in row.new_options {
            if !self.new_options.contains(&option) {
                self.new_options.push(option);
            }
        }
        let mut said = Map::from_iter([("id".to_owned(), Value::from(id))]);
        if !row.lost.is_empty() {
            said.insert("not_kept".to_owned(), Value::Object(row.lost));
        }
        if said.len() > 1 {
            self.rows.push(Value::Object(said));
        }
        row.problem
    }

    /// The problem, with what became of the rows before it.
    fn into_problem(self, problem: Problem, left: Vec<&String>) -> Problem {
        if self.moved == 0 {
            return problem;
        }
        let mut details = self.into_answer(left);
        if let (Some(Value::Object(own)), Some(details)) =
            (problem.details.as_deref(), details.as_object_mut())
        {
            details.extend(own.clone());
        }
        problem.details(details)
    }

    fn into_answer(self, left: Vec<&String>) -> Value {
        let mut notes = Vec::new();
        if !self.new_options.is_empty() {
            notes.push(format!("The database got new options: {}.", self.new_options.join(", ")));
        }
        if !left.is_empty() {
            notes.push("The rows in `left` were not tried: give them to another call.".to_owned());
        }
        let members = [
            ("moved", json!(self.moved), true),
            ("unchanged", json!(self.unchanged), self.unchanged > 0),
            ("rows", json!(self.rows), !self.rows.is_empty()),
            ("left", json!(left), !left.is_empty()),
            ("notes", json!(notes), !notes.is_empty()),
        ];
        let present = members.into_iter().filter(|(_, _, is_there)| *is_there);
        Value::Object(present.map(|(key, value, _)| (key.to_owned(), value)).collect())
    }
}
