//! Changes a database: what it is called, how it looks, and its columns.

mod loss;
mod rename;

use serde_json::Map;
use toolbay_sdk::notion::columns::{Changes, Definitions, Loss, OptionRename};
use toolbay_sdk::notion::{DataSource, appearance, columns, markdown, rich_text};
use toolbay_sdk::prelude::*;

use crate::choice::{database, several};
use crate::description::description_note;
use crate::members::copy;
use crate::related;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Id or link.
    database_id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// Emoji or image URL.
    #[serde(default, deserialize_with = "appearance::given")]
    icon: Option<Value>,
    /// Image URL.
    #[serde(default, deserialize_with = "appearance::given")]
    cover: Option<Value>,
    /// {"New": "date", "A": {"rename": "B"}, "S": {"options": ["more", {"name": "X", "rename": "Y"}]}}
    #[serde(default)]
    properties: Map<String, Value>,
    /// Also does what costs values.
    #[serde(default)]
    confirm: bool,
}

/// Changes title, looks or columns of a database: adds, changes, renames, or removes (null).
#[tool(destroys, least = writes, idempotent, route = "PATCH /v1/databases/{database_id}")]
pub(crate) fn update_database(call: &Call, input: Input) -> Result<Value, Problem> {
    let given = database(&input.database_id)?;
    let plan = match DataSource::afresh(call, &given) {
        Ok(source) => Plan::of_source(call, &input, &given, source)?,
        // Its columns are in one of its data sources, everything else is the database's own.
        Err(problem) if several(&problem).is_some() && input.properties.is_empty() => {
            Plan { database: Some((given, container(&input, Looks::All)?)), source: None, schema: None }
        }
        Err(problem) => return Err(problem),
    };
    let mut answer = plan.carry_out(call)?;
    if let (Some(note), Some(answer)) =
        (input.description.as_deref().and_then(description_note), answer.as_object_mut())
    {
        match answer.get_mut("notes").and_then(Value::as_array_mut) {
            Some(notes) => notes.push(note.into()),
            None => {
                answer.insert("notes".to_owned(), json!([note]));
            }
        }
    }
    Ok(answer)
}

/// Which of title, icon, description and cover go to the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    All,
    /// Title and icon are the data source's, because the database has several.
    OwnOnly,
}

/// The bodies to send, each with the id that it is for.
struct Plan {
    source: Option<(String, Map<String, Value>)>,
    database: Option<(String, Map<String, Value>)>,
    schema: Option<SchemaPlan>,
}

/// What becomes of the columns, and what that costs.
struct SchemaPlan {
    source: DataSource,
    changes: Changes,
    losses: Vec<(Loss, loss::Count)>,
    /// With the id of each column, which stays when its name changes.
    renames: Vec<(String, OptionRename)>,
    notes: Vec<String>,
}

impl SchemaPlan {
    /// Refuses what costs values that the caller has not confirmed.
    fn read(
        call: &Call,
        source: DataSource,
        definitions: &Definitions,
        confirm: bool,
    ) -> Result<Self, Problem> {
        let losses = columns::losses(&source.schema, &definitions.columns);
        let losses = loss::counted(call, &source, losses);
        let mut foretold: Vec<String> = losses.iter().map(loss::foretold).collect();
        let mut renames = Vec::new();
        for rename in &definitions.renames {
            foretold.extend(rename::foretold(call, &source, rename)?);
            renames.push((source.schema.decide(&rename.column)?.id.clone(), rename.clone()));
        }
        loss::refuse_unconfirmed(&foretold, confirm)?;
        let mut changes = columns::changes(&source.schema, &definitions.columns);
        // An option that gets another name is a change, and a step of its own.
        changes.unchanged.retain(|name| definitions.renames.iter().all(|rename| rename.column != *name));
        Ok(Self { source, changes, losses, renames, notes: definitions.notes.clone() })
    }

    /// What there is to say after the columns were changed; options are renamed only then.
    fn finish(mut self, call: &Call, answer: &mut Map<String, Value>) -> Result<(), Problem> {
        self.changes.put(answer);
        let mut notes = self.notes;
        notes.extend(self.losses.iter().flat_map(|loss| loss::notes(call, &self.source, loss)));
        for (column_id, rename) in &self.renames {
            notes.push(rename::carry_out(call, &mut self.source, column_id, rename)?);
        }
        if !notes.is_empty() {
            answer.insert("notes".to_owned(), json!(notes));
        }
        Ok(())
    }
}

impl Plan {
    fn of_source(call: &Call, input: &Input, given: &str, mut source: DataSource) -> Result<Self, Problem> {
        let mut of_source = Map::new();
        let mut schema = None;
        if !input.properties.is_empty() {
            // Notion replaces the whole list of options, so one that an older schema does not know would be lost.
            source.refreshed(call)?;
            let wanted = related::resolved(call, &input.properties)?;
            let definitions = columns::normalise(&wanted, Some(&source.schema))?;
            // What is as it is wanted needs no write.
            let unchanged = columns::changes(&source.schema, &definitions.columns).unchanged;
            let mut columns = definitions.columns.clone();
            columns.retain(|name, _| !unchanged.contains(name));
            if !columns.is_empty() {
                of_source.insert("properties".to_owned(), Value::Object(columns));
            }
            schema = Some(definitions);
        }
        let is_one_of_several = source.id == given && has_siblings(call, &source)?;
        if let Some(title) = &input.title {
            // Search knows data sources by their own titles, so the only one is called like its database.
            of_source.insert("title".to_owned(), json!(rich_text::from_text(title)?));
        }
        if let (true, Some(icon)) = (is_one_of_several, &input.icon) {
            of_source.insert("icon".to_owned(), appearance::icon(icon)?);
        }
        let looks = if is_one_of_several { Looks::OwnOnly } else { Looks::All };
        let of_database = container(input, looks)?;
        if is_one_of_several && !of_database.is_empty() {
            return Err(Problem::invalid_input(
                "Description and cover are the database's, and this is one of its data sources.",
            )
            .hint(match &source.database_id {
                Some(database) => format!("Give `{database}` as `database_id` for those."),
                None => "Leave them out.".to_owned(),
            }));
        }
        Ok(Self {
            database: source.database_id.clone().map(|id| (id, of_database)),
            source: Some((source.id.clone(), of_source)),
            schema: schema
                .map(|definitions| SchemaPlan::read(call, source, &definitions, input.confirm))
                .transpose()?,
        })
    }

    /// The data source goes first: columns are what is likely to be refused.
    fn carry_out(self, call: &Call) -> Result<Value, Problem> {
        let mut answer = Map::new();
        let mut is_written = false;
        if let Some((id, body)) = self.source.filter(|(_, body)| !body.is_empty()) {
            let path = ["v1", "data_sources", id.as_str()];
            let changed = call.notion().patch(path, Value::Object(body)).send()?.body;
            copy(&changed, &["id", "url"], &mut answer);
            is_written = true;
        }
        if let Some(schema) = self.schema {
            if !is_written {
                copy(&schema.source.body, &["id", "url"], &mut answer);
            }
            schema.finish(call, &mut answer).map_err(|mut problem| {
                if is_written {
                    problem.message = format!("The columns were changed; then: {}", problem.message);
                }
                problem
            })?;
        }
        if let Some((id, body)) = self.database.filter(|(_, body)| !body.is_empty()) {
            let path = ["v1", "databases", id.as_str()];
            let changed = call.notion().patch(path, Value::Object(body)).send().map_err(|mut problem| {
                if !answer.is_empty() {
                    problem.message =
                        format!("The columns and the title were changed; then: {}", problem.message);
                }
                problem
            })?;
            copy(&changed.body, &["id", "url"], &mut answer);
        }
        if answer.is_empty() {
            return Err(Problem::invalid_input("There is nothing to change.")
                .hint("Give `title`, `description`, `icon`, `cover` or `properties`."));
        }
        Ok(Value::Object(answer))
    }
}

fn container(input: &Input, looks: Looks) -> Result<Map<String, Value>, Problem> {
    let mut body = Map::new();
    if let (Looks::All, Some(title)) = (looks, &input.title) {
        body.insert("title".to_owned(), json!(rich_text::from_text(title)?));
    }
    if let (Looks::All, Some(icon)) = (looks, &input.icon) {
        refuse_removal("icon", icon)?;
        body.insert("icon".to_owned(), appearance::icon(icon)?);
    }
    if let Some(description) = &input.description {
        body.insert("description".to_owned(), json!(markdown::to_rich_text(description)));
    }
    if let Some(cover) = &input.cover {
        refuse_removal("cover", cover)?;
        body.insert("cover".to_owned(), appearance::cover(cover)?);
    }
    Ok(body)
}

/// Notion's API takes null for the icon of a page and of a data source, and for nothing of a database.
fn refuse_removal(what: &str, given: &Value) -> Result<(), Problem> {
    if !given.is_null() {
        return Ok(());
    }
    Err(Problem::invalid_input(format!("Notion's API can't remove the {what} of a database."))
        .hint(format!("Give another {what}, or remove it in Notion.")))
}

fn has_siblings(call: &Call, source: &DataSource) -> Result<bool, Problem> {
    let Some(id) = &source.database_id else { return Ok(false) };
    // Whether the database is called like its data source hangs on it, so an older look won't do.
    let database = call.notion().get(["v1", "databases", id.as_str()]).send()?.body;
    Ok(database.get("data_sources").and_then(Value::as_array).is_some_and(|sources| sources.len() > 1))
}
