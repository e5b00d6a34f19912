//! Creates a page below another page, or as a row of a database.

mod content;
pub(crate) mod markdown;
mod template;

use serde_json::Map;
use toolbay_sdk::notion::properties::{for_new_row, markup_notes};
use toolbay_sdk::notion::{DataSource, NewOptions, Object, appearance, warnings};
use toolbay_sdk::prelude::*;

use self::content::Content;
use crate::answered::{page_id, whereabouts};
use crate::{refusal, titled};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Page to put it below.
    #[serde(default)]
    parent_page_id: Option<String>,
    /// Or database to add a row to.
    #[serde(default)]
    database_id: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// {"Status": "Done", "Due": "2026-01-10"}
    #[serde(default)]
    properties: Map<String, Value>,
    /// Markdown.
    #[serde(default)]
    content: Option<String>,
    /// Or `[{"type": "to_do", "text": "..", "children": []}]`
    #[serde(default)]
    blocks: Vec<Value>,
    /// Emoji or image URL.
    #[serde(default)]
    icon: Option<Value>,
    /// Image URL.
    #[serde(default)]
    cover: Option<Value>,
    /// Name, id or `default`.
    #[serde(default)]
    template: Option<String>,
    /// Allows new select options.
    #[serde(default)]
    new_options: bool,
}

/// Creates a page below a page, or a row in a database.
#[tool(writes, route = "POST /v1/pages")]
pub(crate) fn create_page(call: &Call, input: Input) -> Result<Value, Problem> {
    let (content, notes) = Content::read(call, input.content.as_deref(), &input.blocks)?;
    if input.template.is_some() && !content.is_empty() {
        return Err(Problem::invalid_input("A template and content exclude each other.")
            .hint("Create the page with `template`, then add to it with the tool `edit_page`."));
    }
    let mut answer = match (&input.parent_page_id, &input.database_id) {
        (Some(parent), None) => {
            below_page(call, &input, content, &Object::PageOrDatabase.find(parent)?.to_string())
        }
        (None, Some(database)) => as_row(call, &input, content, DataSource::decide(call, database)?),
        _ => Err(Problem::invalid_input("Where the page shall be is not clear.")
            .hint("Give either `parent_page_id` or `database_id`.")),
    }?;
    note(&mut answer, notes);
    Ok(answer)
}

fn below_page(call: &Call, input: &Input, content: Content, parent: &str) -> Result<Value, Problem> {
    // A database takes more than a title, and people give its id here too: what only a database could take, is for one.
    let values = match with_title(&input.properties, input.title.as_deref(), "title")
        .and_then(|given| titled::values(&given))
    {
        Ok(values) if input.template.is_none() => values,
        refused => {
            return match (DataSource::decide(call, parent), refused) {
                (Ok(source), _) => as_row(call, input, content, source),
                (Err(_), Err(problem)) => Err(problem),
                (Err(problem), _) if problem.code != toolbay_sdk::Code::NotFound => Err(problem),
                (Err(_), Ok(_)) => {
                    Err(Problem::invalid_input("Templates belong to databases, and the parent is a page.")
                        .hint("Leave `template` out, or give a `database_id`."))
                }
            };
        }
    };
    let place = json!({ "type": "page_id", "page_id": parent });
    match create(call, input, content.clone(), place, values, None) {
        Err(problem) if refusal::is_another_kind(&problem) => match DataSource::decide(call, parent) {
            Ok(source) => as_row(call, input, content, source),
            Err(_) => Err(problem),
        },
        Err(problem) => Err(refusal::explained(call, "pages", parent, problem)),
        created => created,
    }
}

fn as_row(call: &Call, input: &Input, content: Content, mut source: DataSource) -> Result<Value, Problem> {
    let title = source.schema.title().map_or("title", |title| title.name.as_str());
    let mut others = input.properties.clone();
    if let Some(wanted) = &input.title {
        let named = input.properties.iter().filter(|(name, _)| is_title(&source, name));
        for (name, given) in named {
            if given.as_str() != Some(wanted.as_str()) {
                return Err(twice());
            }
            others.remove(name);
        }
    }
    let given = with_title(&others, input.title.as_deref(), title)?;
    let new_options = if input.new_options { NewOptions::Add } else { NewOptions::Refuse };
    let left = for_new_row(&source.schema, &given);
    let values = source.values(call, &left.values, new_options).map_err(refusal::of_values)?;
    let taken = source.take_notes();
    let template =
        input.template.as_deref().map(|wanted| template::find(call, &source, wanted)).transpose()?;
    let place = json!({ "type": "data_source_id", "data_source_id": source.id });
    let mut answer = create(call, input, content, place, values, template)
        .map_err(|problem| refusal::explained(call, "data_sources", &source.id, problem))?;
    note(&mut answer, left.notes.into_iter().chain(taken).collect());
    Ok(answer)
}

/// Adds sentences to the notes of an answer.
fn note(answer: &mut Value, notes: Vec<String>) {
    let Some(answer) = answer.as_object_mut().filter(|_| !notes.is_empty()) else { return };
    match answer.get_mut("notes").and_then(Value::as_array_mut) {
        Some(own) => own.extend(notes.into_iter().map(Value::from)),
        None => {
            answer.insert("notes".to_owned(), json!(notes));
        }
    }
}

/// The properties with the title among them.
fn with_title(
    properties: &Map<String, Value>,
    title: Option<&str>,
    property: &str,
) -> Result<Map<String, Value>, Problem> {
    let mut given = properties.clone();
    if let Some(title) = title
        && given.insert(property.to_owned(), title.into()).is_some_and(|other| other != title)
    {
        return Err(twice());
    }
    Ok(given)
}

fn is_title(source: &DataSource, name: &str) -> bool {
    source.schema.find(name).is_ok_and(|property| Some(property) == source.schema.title())
}

fn twice() -> Problem {
    Problem::invalid_input("The title is given twice.")
        .hint("Give it as `title`, or among `properties`; the two differ.")
}

fn create(
    call: &Call,
    input: &Input,
    content: Content,
    place: Value,
    values: Map<String, Value>,
    template: Option<Value>,
) -> Result<Value, Problem> {
    let mut body =
        Map::from_iter([("parent".to_owned(), place), ("properties".to_owned(), Value::Object(values))]);
    if let Some(icon) = input.icon.as_ref().filter(|icon| !icon.is_null()) {
        body.insert("icon".to_owned(), appearance::icon(icon)?);
    }
    if let Some(cover) = input.cover.as_ref().filter(|cover| !cover.is_null()) {
        body.insert("cover".to_owned(), appearance::cover(cover)?);
    }
    let mut notes = match body.get("properties").and_then(Value::as_object) {
        Some(values) => markup_notes(&input.properties, values),
        None => Vec::new(),
    };
    let is_templated = template.is_some();
    body.extend(template.map(|template| ("template".to_owned(), template)));
    let rest = content.into_body(&mut body)?;
    let page = call.notion().post("/v1/pages", Value::Object(body)).send()?.body;
    notes.extend(warnings(&page));
    notes.extend(rest.append(call, page_id(&page)?)?);
    let mut answer = whereabouts(&page)?;
    if is_templated {
        answer.insert("note".to_owned(), "Notion fills in the template's content within moments.".into());
    }
    if !notes.is_empty() {
        answer.insert("notes".to_owned(), json!(notes));
    }
    Ok(Value::Object(answer))
}
