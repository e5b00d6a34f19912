//! The claims of other tools, as far as their arguments show them.

use serde_json::Map;
use toolbay_sdk::notion::properties::{Kind as PropertyKind, Seen, normalise_value};
use toolbay_sdk::notion::{NewOptions, NotionId, Object, Property, References, Schema};
use toolbay_sdk::prelude::*;

use crate::batch::Batch;
use crate::claim::{self, Column, Share};
use crate::kind::Kind;
use crate::names::Recorder;
use crate::operation::Operation;
use crate::reference;
use crate::tool::{Subject, Tool, Work};

/// What an operation holds, and whether there may be more that nobody knows yet.
#[derive(Debug, Default)]
struct Footprint {
    claims: Vec<(String, Share)>,
    is_open: bool,
}

/// What a tool works on.
enum Target {
    Page(NotionId),
    Other(String),
    /// What another operation makes.
    Made(usize),
    /// Nobody knows yet.
    Open,
}

/// What a tool looks at and changes, by its arguments alone. `makes` says whether an operation makes a page.
fn of_tool(
    tool: &Tool,
    arguments: &Map<String, Value>,
    only_reads: bool,
    makes: &dyn Fn(usize) -> bool,
) -> Footprint {
    let mut footprint = Footprint::default();
    let work = if only_reads { Work::LooksAround } else { tool.work };
    match work {
        Work::Looks => {}
        Work::LooksAround => footprint.hold(claim::EVERYTHING.to_owned(), Share::Seen),
        Work::Changes => footprint.hold(claim::EVERYTHING.to_owned(), Share::Changed),
    }
    let changes = work == Work::Changes;
    let share = if changes { Share::Exclusive } else { Share::Seen };
    for target in targets(arguments, makes) {
        let text = match &target {
            Target::Page(id) => id.to_string(),
            Target::Other(text) => text.clone(),
            Target::Made(number) => claim::made(*number),
            Target::Open => {
                footprint.is_open = true;
                continue;
            }
        };
        if tool.subject == Subject::Comments {
            footprint.hold(claim::comments(&text), share);
            continue;
        }
        footprint.hold(claim::content(&text), share);
        match target {
            Target::Made(number) => footprint.hold(claim::made(number), share),
            Target::Page(id) if tool.is_about_page() => {
                footprint.hold(claim::page(&id), share);
                if changes {
                    footprint.hold(claim::named(&id), Share::Changed);
                }
            }
            _ => {}
        }
    }
    if let Some(parent) = arguments.get("parent_page_id") {
        let parents = read_targets(parent, Object::PageOrDatabase, makes).into_iter();
        footprint.claims.extend(parents.filter_map(|parent| match parent {
            Target::Page(id) => Some((claim::content(&id.to_string()), Share::Related)),
            Target::Made(number) => Some((claim::made(number), Share::Related)),
            Target::Other(_) | Target::Open => None,
        }));
    }
    // Which rows there are afterwards, only a look tells.
    if tool.name == "move_page" {
        footprint.hold(claim::ROWS.to_owned(), Share::Changed);
    }
    if matches!(tool.name, "create_page" | "update_page") {
        footprint.hold_unknown(arguments);
    }
    footprint
}

impl Footprint {
    fn hold(&mut self, claim: String, share: Share) {
        claim::hold(&mut self.claims, claim, share);
    }

    /// The values that are written, where nobody knows the database.
    fn hold_unknown(&mut self, arguments: &Map<String, Value>) {
        if let Some(title) = arguments.get("title") {
            self.hold_value(Column::Unknown(claim::TITLE), title);
        }
        match arguments.get("properties") {
            None | Some(Value::Null) => {}
            Some(Value::Object(properties)) => {
                for (name, value) in properties {
                    self.hold_value(Column::Unknown(name), value);
                    if matches!(claim::folded(name).as_str(), "name" | "title") {
                        self.hold_value(Column::Unknown(claim::TITLE), value);
                    }
                    let mut texts = Vec::new();
                    collect_texts(value, &mut texts);
                    for text in texts {
                        self.hold_related(name, &text);
                    }
                }
            }
            Some(_) => self.is_open = true,
        }
    }

    /// What a text may mean in a relation: a page, or the title of one.
    fn hold_related(&mut self, property: &str, text: &str) {
        if let Ok(Some(id)) = Object::Page.find_unless_name(text) {
            self.hold(claim::page(&id), Share::Related);
            return;
        }
        self.hold(claim::relation(property), Share::Changed);
        for column in [Column::Known(claim::TITLE), Column::Unknown(claim::TITLE)] {
            self.hold(column.value(text), Share::Seen);
            self.hold(column.any_text(), Share::Seen);
        }
    }

    fn hold_value(&mut self, column: Column<'_>, value: &Value) {
        self.hold(column.any(), Share::Changed);
        match value {
            Value::String(text) if is_literal(text) => self.hold(column.value(text), Share::Changed),
            Value::Null | Value::Bool(_) => {}
            _ => self.hold(column.any_text(), Share::Changed),
        }
    }
}

/// Whether a text surely means its characters, also where markdown is read.
fn is_literal(text: &str) -> bool {
    text.chars().all(|character| character.is_alphanumeric() || " .,:;'-/@#+?%".contains(character))
}

/// What another tool works on. Those that name the same thing run in their order: blocks are appended as they are listed.
fn targets(arguments: &Map<String, Value>, makes: &dyn Fn(usize) -> bool) -> Vec<Target> {
    const NAMES: [(&str, Object); 8] = [
        ("page_id", Object::Page),
        ("page_ids", Object::Page),
        ("block_id", Object::Block),
        ("comment_id", Object::Comment),
        ("view_id", Object::View),
        ("database_id", Object::Database),
        ("id", Object::Anything),
        ("path", Object::Anything),
    ];
    let given = NAMES.iter().find_map(|(name, object)| Some((arguments.get(*name)?, *object)));
    given.map(|(given, object)| read_targets(given, object, makes)).unwrap_or_default()
}

fn read_targets(given: &Value, object: Object, makes: &dyn Fn(usize) -> bool) -> Vec<Target> {
    let several = match given {
        Value::Array(several) => several.as_slice(),
        single => std::slice::from_ref(single),
    };
    let target = |given: &Value| match given {
        Value::String(text) => match object.find(text) {
            Ok(id) => Target::Page(id),
            Err(_) => Target::Other(text.clone()),
        },
        other => match reference::to_id(other).filter(|number| makes(*number)) {
            Some(number) => Target::Made(number),
            None => Target::Open,
        },
    };
    several.iter().map(target).collect()
}

fn collect_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|element| collect_texts(element, found)),
        Value::Object(members) => members.values().for_each(|member| collect_texts(member, found)),
        _ => {}
    }
}

/// The claims on the values that an operation writes to a column that is known.
pub(crate) fn written(source: &str, property: &Property, normal: Option<&Value>) -> Vec<(String, Share)> {
    let column = Column::Of(source, &property.id);
    let mut columns = vec![column];
    if property.kind == PropertyKind::Title {
        columns.push(Column::Known(claim::TITLE));
    }
    let seen = normal.map(|normal| {
        let mut typed = normal.clone();
        if let Some(typed) = typed.as_object_mut() {
            typed.insert("type".to_owned(), property.kind.name().into());
        }
        Seen::of(&typed)
    });
    let mut claims = Vec::new();
    for column in columns {
        match &seen {
            // It is not known what will be written.
            None => claims.push((column.any_text(), Share::Changed)),
            Some(seen) => {
                let texts = seen.iter().flat_map(Seen::texts);
                claims.extend(texts.map(|text| (column.value(text), Share::Changed)));
            }
        }
    }
    claims
}

impl Batch<'_> {
    /// Notes what other tools look at and change, as their arguments are now.
    pub(crate) fn note_footprints(&mut self) {
        for number in 0..self.operations.len() {
            let arguments = self.operations.get(number).map(|operation| operation.arguments.clone());
            self.note_footprint(number, &arguments.unwrap_or_default());
        }
    }

    /// Notes what another tool looks at and changes, by these arguments.
    pub(crate) fn note_footprint(&mut self, number: usize, arguments: &Map<String, Value>) {
        let Some(operation) = self.operations.get(number) else { return };
        let Kind::Tool(tool) = operation.kind else { return };
        let only_reads = tool.name == "notion_request" && !operation.is_wide;
        let makes = |earlier: usize| self.operations.get(earlier).is_some_and(Operation::makes_page);
        let found = of_tool(tool, arguments, only_reads, &makes);
        let Some(operation) = self.operation(number) else { return };
        operation.is_open = found.is_open;
        // A tool that only looks changes nothing.
        operation.claims.retain(|(claim, _)| claim != claim::EVERYTHING);
        found.claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
    }

    /// Notes what `create_page` makes, by the schemas of the databases.
    pub(crate) fn note_creations(&mut self) {
        if self.operations.len() < 2 {
            return;
        }
        for number in 0..self.operations.len() {
            if let Some((claims, title)) = self.creation(number) {
                if let Some((source, title)) = title {
                    self.promised.add(&source, &title, number);
                }
                if let Some(operation) = self.operation(number) {
                    claims.into_iter().for_each(|(claim, share)| operation.claim(claim, share));
                }
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "claims, and a title with its data source")]
    fn creation(&mut self, number: usize) -> Option<(Vec<(String, Share)>, Option<(String, String)>)> {
        let operation = self.operations.get(number).filter(|operation| !operation.is_done())?;
        if !operation.kind.is_tool("create_page") {
            return None;
        }
        let database = operation.arguments.get("database_id")?.as_str()?.to_owned();
        let title = operation.arguments.get("title").cloned();
        let given = operation.arguments.get("properties").and_then(Value::as_object).cloned();
        // One that can't be found is refused by the tool itself.
        let source = self.sources.find(self.call, &database).ok()?;
        let source = self.sources.get(source).ok()?;
        let mut given = given.unwrap_or_default();
        let own_title = source.schema.title()?;
        if let Some(title) = title {
            given.insert(own_title.name.clone(), title);
        }
        let mut claims = Vec::new();
        let mut promised = None;
        for (name, value) in &given {
            let Ok(property) = source.schema.find(name) else { continue };
            let (normal, related) = by_schema(property, value);
            claims.extend(written(&source.id, property, normal.as_ref()));
            for (source, title) in related {
                claims.extend(title_reads(&source, &title));
            }
            if property.kind == PropertyKind::Relation {
                claims.push((claim::relation(&property.name), Share::Changed));
            }
            if property.name == own_title.name
                && let Some(text) = value.as_str()
            {
                promised = Some((source.id.clone(), text.to_owned()));
            }
        }
        Some((claims, promised))
    }
}

/// A value in Notion's form as far as it can be told, and the titles that it names.
fn by_schema(property: &Property, value: &Value) -> (Option<Value>, Vec<(String, String)>) {
    if reference::is_in(value) {
        return (None, Vec::new());
    }
    let mut references = References::new();
    let recorder = Recorder::new(&mut references, None);
    let normal = normalise_value(property, value, &recorder, NewOptions::Add).ok();
    (normal, recorder.into_titles())
}

/// The claims of who looks for a page by its title.
pub(crate) fn title_reads(source: &str, title: &str) -> Vec<(String, Share)> {
    let columns = [Column::Of(source, claim::TITLE), Column::Unknown(claim::TITLE)];
    let claims = columns.iter().flat_map(|column| [column.value(title), column.any_text()]);
    claims.chain([claim::ROWS.to_owned()]).map(|claim| (claim, Share::Seen)).collect()
}

/// The claims on the relations that the other side may be changed by.
pub(crate) fn relation_reads<'a>(
    schema: &Schema,
    names: impl Iterator<Item = &'a String>,
) -> Vec<(String, Share)> {
    let mut claims = Vec::new();
    for name in names {
        let Some(property) = schema.properties().iter().find(|property| property.name == *name) else {
            continue;
        };
        if property.kind != PropertyKind::Relation {
            continue;
        }
        let other = property.settings.pointer("/dual_property/synced_property_name").and_then(Value::as_str);
        let sides = [Some(name.as_str()), other];
        claims.extend(sides.into_iter().flatten().map(|side| (claim::relation(side), Share::Seen)));
    }
    claims
}
