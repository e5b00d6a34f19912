//! Reading the arguments of operations, and finding the data sources that they are about.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Map;
use toolbay_sdk::notion::NotionId;
use toolbay_sdk::prelude::*;

use crate::arguments::{Link, Named, Unique, Upsert, repaired};
use crate::batch::Batch;
use crate::kind::Kind;
use crate::operation::{State, Step};
use crate::reference;
use crate::upsert::{self, Content};

/// An operation whose arguments have been read and whose data source is known.
pub(crate) struct Draft {
    pub(crate) number: usize,
    pub(crate) source: usize,
    pub(crate) asked: Asked,
    /// False while a part of the arguments is yet to come: then it is only checked.
    pub(crate) is_whole: bool,
}

/// What an operation asks for.
pub(crate) enum Asked {
    /// The key is absent where a reference stands in it.
    Upsert { arguments: Upsert, unique: Option<Vec<Unique>>, content: Content },
    /// So are pages.
    Link { arguments: Link, from: Option<Vec<Named>>, to: Option<Value> },
}

/// A draft before its data source is known.
struct Read {
    number: usize,
    asked: Asked,
    is_whole: bool,
}

impl Batch<'_> {
    /// Reads operations. Other tools are planned here at once; what cannot be right is done with its problem.
    pub(crate) fn drafts(&mut self, numbers: &[usize]) -> Vec<Draft> {
        let mut read = Vec::new();
        for number in numbers {
            match self.read(*number) {
                Ok(found) => read.extend(found),
                Err(problem) => self.finish(*number, Err(problem)),
            }
        }
        self.locate(&read);
        let mut drafts = Vec::new();
        for Read { number, asked, is_whole } in read {
            match self.source_of(&asked) {
                Ok(Some(source)) => drafts.push(Draft { number, source, asked, is_whole }),
                Ok(None) => {}
                Err(problem) => self.finish(number, Err(problem)),
            }
        }
        drafts
    }

    /// Reads operations that can't be planned yet, for what is wrong with their arguments alone.
    pub(crate) fn skim(&mut self, numbers: &[usize]) {
        for number in numbers {
            if let Err(problem) = self.read(*number) {
                self.finish(*number, Err(problem));
            }
        }
    }

    fn read(&mut self, number: usize) -> Result<Option<Read>, Problem> {
        let Some(operation) = self.operations.get(number).filter(|operation| !operation.is_done()) else {
            return Ok(None);
        };
        let is_whole = operation.waits.iter().all(|wait| self.result(*wait).is_some());
        let arguments = match (is_whole, operation.waits.is_empty()) {
            (true, true) => operation.arguments.clone(),
            (true, false) => reference::filled(&operation.arguments, &|wait| self.result(wait))?,
            (false, _) => without_references(&operation.arguments),
        };
        let asked = match operation.kind {
            Kind::Tool(_) if !is_whole => return Ok(None),
            Kind::Tool(tool) => {
                self.note_footprint(number, &arguments);
                let invocation =
                    Invocation { tool: tool.name.to_owned(), arguments: Value::Object(arguments) };
                if let Some(operation) = self.operation(number) {
                    operation.state = State::Planned(Step::Tool(invocation));
                }
                return Ok(None);
            }
            Kind::Upsert => {
                let mut arguments: Upsert = fitting("upsert", arguments)?;
                if is_whole {
                    present("database_id", arguments.database_id.is_some())?;
                    present("unique", arguments.unique.is_some())?;
                }
                let unique = arguments.unique()?;
                let content = upsert::content(self.call, &mut arguments)?;
                Asked::Upsert { arguments, unique, content }
            }
            Kind::Link => {
                let arguments: Link = fitting("link", arguments)?;
                if is_whole {
                    present("from", arguments.from.is_some())?;
                    present("to", arguments.to.is_some())?;
                    present("relation_property", arguments.relation_property.is_some())?;
                }
                let (from, to) = (arguments.from()?, arguments.to()?);
                Asked::Link { arguments, from, to }
            }
        };
        Ok(Some(Read { number, asked, is_whole }))
    }

    /// Finds out whose rows the pages are from which links without a database go.
    fn locate(&mut self, read: &[Read]) {
        let mut pages = BTreeSet::new();
        let mut relations = BTreeSet::new();
        for Read { asked, .. } in read {
            if let Asked::Link { arguments, from, .. } = asked
                && arguments.database_id.is_none()
                && let Some(page) = from.as_deref().and_then(first_id)
            {
                pages.insert(page);
                relations.extend(arguments.relation_property.clone());
            }
        }
        self.pages.locate(self.call, &mut self.sources, &pages, &relations);
    }

    /// None where it cannot be known yet.
    fn source_of(&mut self, asked: &Asked) -> Result<Option<usize>, Problem> {
        let database = match asked {
            Asked::Upsert { arguments, .. } => arguments.database_id.as_deref(),
            Asked::Link { arguments, .. } => arguments.database_id.as_deref(),
        };
        match (database, asked) {
            (Some(database), _) => self.sources.find(self.call, database).map(Some),
            (None, Asked::Link { from: Some(from), .. }) => match first_id(from) {
                Some(page) => self.pages.source(&page).map(Some),
                None => Err(Problem::invalid_input("`from` names a page by its title.").hint(
                    "Give `database_id` too, the database that the `from` pages are rows of; or give ids.",
                )),
            },
            (None, _) => Ok(None),
        }
    }
}

fn first_id(pages: &[Named]) -> Option<NotionId> {
    pages.iter().find_map(|page| match page {
        Named::Id(id) => Some(*id),
        Named::Title(_) => None,
    })
}

fn fitting<T: DeserializeOwned>(tool: &str, arguments: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(repaired(arguments))).map_err(|error| {
        Problem::invalid_input(format!("The arguments of `{tool}` do not fit: {error}."))
            .hint(format!("They are those of the tool `{tool}`."))
    })
}

/// What has to be there once nothing is open any more.
fn present(name: &str, is_there: bool) -> Result<(), Problem> {
    if is_there { Ok(()) } else { Err(Problem::invalid_input(format!("`{name}` is missing."))) }
}

/// What is known of the arguments already: what holds a reference is left out.
fn without_references(arguments: &Map<String, Value>) -> Map<String, Value> {
    let mut known = Map::new();
    for (name, value) in arguments {
        let value = match (name.as_str(), value) {
            (_, value) if !reference::is_in(value) => value.clone(),
            ("properties", Value::Object(properties)) => {
                let literal = properties.iter().filter(|(_, value)| !reference::is_in(value));
                Value::Object(literal.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            _ => continue,
        };
        known.insert(name.clone(), value);
    }
    known
}
