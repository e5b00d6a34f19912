//! An operation with a filter, as callers write it.

use serde_json::Map;
use toolbay_sdk::notion::{NewOptions, Object, json_text};
use toolbay_sdk::prelude::*;

use crate::arguments::{excerpt, opened, repaired};
use crate::given::Given;
use crate::reference;

/// Rows that are changed where nobody says how many may be.
const AT_MOST: usize = 100;

/// More rows than one call could change.
pub(super) const MOST: usize = 1_000;

const FORM: &str = "Write {\"op\": \"update_page\", \"database_id\": \"..\", \"where\": {\"Status\": \"Late\"}, \"args\": {\"properties\": {..}}}.";

/// The members that an operation on matching rows has besides those of others.
const OWN: [&str; 3] = ["where", "database_id", "at_most"];

/// What becomes of the rows.
#[derive(Debug)]
pub(super) enum Action {
    Update {
        properties: Map<String, Value>,
        new_options: NewOptions,
    },
    /// A tool that takes one id, under this name.
    EachById {
        tool: &'static str,
        name: &'static str,
        arguments: Map<String, Value>,
    },
    Link(Map<String, Value>),
    Archive(Map<String, Value>),
}

/// An operation on the rows that a filter finds.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) op: String,
    pub(super) database: String,
    pub(super) filter: Map<String, Value>,
    pub(super) at_most: usize,
    pub(super) action: Action,
}

/// Whether an operation names its rows by a filter.
pub(crate) fn is_matching(given: &Value) -> bool {
    opened(given).get("where").is_some_and(|filter| !filter.is_null())
}

impl Asked {
    pub(super) fn read(given: &Value) -> Result<Self, Problem> {
        let Value::Object(mut members) = opened(given) else {
            return Err(Problem::invalid_input("The operation is not an object.").hint(FORM));
        };
        let [filter, database, at_most] = OWN.map(|name| members.shift_remove(name));
        let Given { op, args } = Given::read(&Value::Object(members))?;
        let mut args = repaired(args);
        if reference::is_in(&Value::Object(args.clone())) {
            return Err(Problem::invalid_input("An operation with `where` takes no references.")
                .hint("Run the earlier operation first, and give what it answers."));
        }
        let Some(Value::Object(filter)) = filter.map(|filter| opened(&filter)) else {
            return Err(Problem::invalid_input("`where` is not a filter.").hint(FORM));
        };
        let at_most = bound(at_most.as_ref())?;
        let name = op.trim().trim_start_matches("notion.");
        // The rows' database may stand among the arguments, where it can mean nothing else.
        let in_args = match name {
            "update_page" | "trash" | "link" => args.shift_remove("database_id"),
            _ => None,
        };
        let database =
            database.or(in_args).as_ref().and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
                Problem::invalid_input("An operation with `where` names no database.").hint(FORM)
            })?;
        if Object::names_view(&database) {
            return Err(Problem::invalid_input(
                "The link is that of a view, whose own filter `where` doesn't have.",
            )
            .hint("Give the database without `?v=`, and say in `where` which rows are meant."));
        }
        let (op, action) = action(name, args)?;
        Ok(Self { op: op.to_owned(), database, filter, at_most, action })
    }
}

fn bound(given: Option<&Value>) -> Result<usize, Problem> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(AT_MOST) };
    let number =
        json_text::unwrapped(given, Value::is_u64).as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number <= MOST).ok_or_else(|| {
        Problem::invalid_input("`at_most` is not a number of rows.")
            .hint(format!("Give a whole number up to {MOST}."))
    })
}

fn action(name: &str, mut args: Map<String, Value>) -> Result<(&'static str, Action), Problem> {
    let by_id = |tool, name: &'static str, arguments: Map<String, Value>| {
        refuse_ids(&arguments, &[name])?;
        Ok((tool, Action::EachById { tool, name, arguments }))
    };
    match name {
        "update_page" if args.keys().all(|name| matches!(name.as_str(), "properties" | "new_options")) => {
            let new_options = match args.get("new_options").and_then(Value::as_bool) {
                Some(true) => NewOptions::Add,
                _ => NewOptions::Refuse,
            };
            match args.shift_remove("properties") {
                Some(Value::Object(properties)) if !properties.is_empty() => {
                    Ok(("update_page", Action::Update { properties, new_options }))
                }
                _ => Err(Problem::invalid_input("The `args` change no property.").hint(FORM)),
            }
        }
        "update_page" => by_id("update_page", "page_id", args),
        // What is in the trash is found by no filter.
        "trash" if args.get("restore").is_some_and(|restore| *restore != Value::Bool(false)) => Err(
            Problem::invalid_input("`restore` has no meaning beside `where`: it finds no row in the trash.")
                .hint("Find them by `query` with `in_trash`, and restore them by their ids."),
        ),
        "trash" => by_id("trash", "id", args),
        "move_page" => by_id("move_page", "page_id", args),
        "link" => {
            refuse_ids(&args, &["from"])?;
            Ok(("link", Action::Link(args)))
        }
        "archive" => {
            refuse_ids(&args, &["page_ids"])?;
            Ok(("archive", Action::Archive(args)))
        }
        other => Err(Problem::invalid_input(format!("`{}` takes no `where`.", excerpt(other)))
            .hint("These do: update_page, trash, link, move_page, archive.")),
    }
}

fn refuse_ids(arguments: &Map<String, Value>, names: &[&str]) -> Result<(), Problem> {
    match names.iter().find(|name| arguments.contains_key(**name)) {
        None => Ok(()),
        Some(name) => Err(Problem::invalid_input(format!("`{name}` stands beside `where`."))
            .hint("`where` finds the rows: leave one of the two out.")),
    }
}
