//! The data source that a caller means, whichever id was given.

use std::time::Duration;

use serde_json::{Map, Value, json};
use toolbay_sdk_notion::database::only_data_source;
use toolbay_sdk_notion::filter::{self, ResultTypes, Shown};
use toolbay_sdk_notion::properties::{added_options, option_notes, time_notes};
use toolbay_sdk_notion::{
    Error, Lookup, NewOptions, Object, Property, References, Schema, flatten, normalise, sorts,
};

use super::age::SCHEMA_AGE;
use super::directory::Directory;
use crate::{Call, Problem, Request};

/// A data source and its properties.
#[derive(Clone, Debug)]
pub struct DataSource {
    /// Its id.
    pub id: String,
    /// The database that it is in.
    pub database_id: Option<String>,
    /// Its title; none when it is empty.
    pub title: Option<String>,
    /// Its properties.
    pub schema: Schema,
    /// Notion's own object.
    pub body: Value,
    /// True once the schema was read past every cache.
    is_fresh: bool,
    /// What there is to say of the values so far.
    notes: Vec<String>,
}

/// How old an answer may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Recent,
    /// Recent, but not that a database has no other data source: that was looked at a moment ago.
    Decided,
    Fresh,
}

/// How old the look may be by which a write takes a database for its only data source: a burst of writes shares one.
const DECISION_AGE: Duration = Duration::from_secs(3);

impl DataSource {
    /// Finds it by the id or link of a data source, or of a database that has only one.
    ///
    /// People copy database ids, the API wants data source ids, and nothing tells the two apart: the data source is asked
    /// for first, then the database, both from the host's cache where it has them.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what is no id, and for a database of several data sources, which the hint and the details
    /// name. `not_found` when the connection sees neither. What Notion refuses for other reasons is passed on.
    pub fn find(call: &Call, text: &str) -> Result<Self, Problem> {
        Self::found(call, text, Age::Recent)
    }

    /// The same for whatever writes: that the database has no other data source is looked at anew, since one that was added
    /// meanwhile would make it another's row, or another's title. The schema may come from the host's cache.
    ///
    /// # Errors
    ///
    /// As [`DataSource::find`].
    pub fn decide(call: &Call, text: &str) -> Result<Self, Problem> {
        Self::found(call, text, Age::Decided)
    }

    /// Makes sure that an id or a link by which this data source was found still means it, for whoever found it only to look
    /// at it and now writes. The data source's own id needs no look.
    ///
    /// # Errors
    ///
    /// `conflict` for a database that has another data source by now, and else as [`DataSource::decide`].
    pub fn confirm(&self, call: &Call, text: &str) -> Result<(), Problem> {
        let id = Object::Database.find(text)?.to_string();
        if id == self.id || only_data_source(&container(call, &id, Age::Decided)?)? == self.id {
            return Ok(());
        }
        Err(Problem::conflict("The database has got another data source since this call began.")
            .hint("Send it again."))
    }

    /// The same with nothing from the host's cache, for what changes a schema or what a database is called.
    ///
    /// # Errors
    ///
    /// As [`DataSource::find`].
    pub fn afresh(call: &Call, text: &str) -> Result<Self, Problem> {
        Self::found(call, text, Age::Fresh)
    }

    fn found(call: &Call, text: &str, age: Age) -> Result<Self, Problem> {
        let id = Object::Database.find(text)?.to_string();
        match look(call, &id, age) {
            // It may have been shared since the refusal was remembered.
            Err(problem) if is_another_kind(&problem) => match look(call, &id, Age::Fresh) {
                Err(problem) if is_another_kind(&problem) => Err(missing(&id, problem)),
                other => other,
            },
            other => other,
        }
    }

    /// The data source of which a page, as Notion answers it, is a row; none when it is no row.
    ///
    /// # Errors
    ///
    /// As [`DataSource::find`].
    pub fn of_page(call: &Call, page: &Value) -> Result<Option<Self>, Problem> {
        let Some(parent) = page.get("parent") else { return Ok(None) };
        let id = ["data_source_id", "database_id"].iter().find_map(|key| parent.get(key)?.as_str());
        id.map(|id| Self::find(call, id)).transpose()
    }

    /// Turns what a caller wrote for several properties into Notion's form, with people and related pages looked up in as
    /// few requests as possible.
    ///
    /// Everything that the schema can tell is checked before the first look-up, and a refusal by a schema that may be
    /// outdated is checked against a fresh one.
    ///
    /// # Errors
    ///
    /// As [`normalise`] and [`Directory::load`]; `conflict` for a data source in the trash.
    pub fn values(
        &mut self,
        call: &Call,
        given: &Map<String, Value>,
        new_options: NewOptions,
    ) -> Result<Map<String, Value>, Problem> {
        self.refuse_trashed(call)?;
        let make = |schema: &Schema, lookup: &dyn Lookup| normalise(schema, given, lookup, new_options);
        let values = self.resolved(call, make)?;
        // An older schema doesn't know an option that was added meanwhile, and a second one like it would stay for ever.
        let adds = new_options == NewOptions::Add && !added_options(&self.schema, &values).is_empty();
        let values =
            if adds && !self.is_fresh && self.refreshed(call)? { self.resolved(call, make)? } else { values };
        self.notes.extend(option_notes(&added_options(&self.schema, &values)));
        self.notes.extend(time_notes(&values));
        Ok(values)
    }

    /// What the answer of a write has to say of the values so far: options that it adds, what Notion doesn't keep of them,
    /// and what was taken for something else. Each is told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Turns a filter, plain or Notion's own, into the `filter` of a query; null when it filters nothing.
    ///
    /// # Errors
    ///
    /// As [`filter::normalise`] and [`Directory::load`].
    pub fn filter(&mut self, call: &Call, given: &Value) -> Result<Value, Problem> {
        self.filtered(call, given, false)
    }

    /// The same for a view, where `me` is whoever looks at it.
    ///
    /// # Errors
    ///
    /// As [`DataSource::filter`].
    pub fn view_filter(&mut self, call: &Call, given: &Value) -> Result<Value, Problem> {
        self.filtered(call, given, true)
    }

    fn filtered(&mut self, call: &Call, given: &Value, keeps_me: bool) -> Result<Value, Problem> {
        let types = self.result_types(call, &filter::untyped(&self.schema, given))?;
        self.resolved(call, |schema, lookup| {
            filter::normalise(schema, given, &Shown { lookup, types: &types, keeps_me })
        })
    }

    /// Turns sorts, plain or Notion's own, into the `sorts` of a query.
    ///
    /// # Errors
    ///
    /// As [`sorts::normalise`].
    pub fn sorts(&mut self, call: &Call, given: &Value) -> Result<Value, Problem> {
        self.checked(call, |schema| sorts::normalise(schema, given))
    }

    /// What formulas and rollups come to, as the first rows show it.
    fn result_types(&self, call: &Call, computed: &[Property]) -> Result<ResultTypes, Problem> {
        const ROWS: usize = 10;
        if computed.is_empty() {
            return Ok(ResultTypes::default());
        }
        let path = ["v1", "data_sources", self.id.as_str(), "query"];
        let mut request = call.notion().post(path, json!({ "page_size": ROWS, "result_type": "page" }));
        for property in computed {
            request = request.query("filter_properties", &property.id);
        }
        Ok(ResultTypes::of_rows(&request.send()?.body, computed))
    }

    /// Reads the schema again, past every cache; true when it has changed.
    ///
    /// # Errors
    ///
    /// Whatever Notion refuses.
    pub fn refreshed(&mut self, call: &Call) -> Result<bool, Problem> {
        let fresh = Self { notes: self.take_notes(), ..Self::read(call, &self.id, Age::Fresh)? };
        let has_changed = fresh.schema != self.schema;
        *self = fresh;
        Ok(has_changed)
    }

    /// Rows cannot be written where nobody would see them.
    fn refuse_trashed(&mut self, call: &Call) -> Result<(), Problem> {
        let is_trashed = |body: &Value| body.get("in_trash").and_then(Value::as_bool) == Some(true);
        if is_trashed(&self.body) && !self.is_fresh {
            self.refreshed(call)?;
        }
        if !is_trashed(&self.body) {
            return Ok(());
        }
        Err(Problem::conflict("The database is in the trash.").hint("Restore it first."))
    }

    /// Runs `make` once to learn which names it needs, and again with what they mean.
    fn resolved<T>(
        &mut self,
        call: &Call,
        make: impl Fn(&Schema, &dyn Lookup) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        let (made, references) = self.checked(call, |schema| {
            let mut references = References::new();
            let made = references.record(|lookup| make(schema, lookup))?;
            Ok::<_, Error>((made, references))
        })?;
        if references.is_empty() {
            return Ok(made);
        }
        let directory = Directory::load(call, &references)?;
        let made = make(&self.schema, &directory)?;
        self.notes.extend(directory.notes(&references));
        Ok(made)
    }

    /// Runs `make` against the schema, and when it refuses, once more against a fresh one if that differs: for whatever a
    /// plugin reads by the schema itself.
    ///
    /// # Errors
    ///
    /// What `make` refuses, and what Notion refuses when the schema is read again.
    pub fn checked<T, E>(&mut self, call: &Call, make: impl Fn(&Schema) -> Result<T, E>) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        match make(&self.schema) {
            Err(_) if !self.is_fresh && self.refreshed(call)? => Ok(make(&self.schema)?),
            other => Ok(other?),
        }
    }

    fn read(call: &Call, id: &str, age: Age) -> Result<Self, Problem> {
        let body = ask(call, Request::get(["v1", "data_sources", id]), age)?;
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let id = text("/id")
            .ok_or_else(|| Problem::upstream_failed("Notion answered a data source without an id."))?;
        Ok(Self {
            id,
            database_id: text("/parent/database_id"),
            title: flatten::title(&body),
            schema: Schema::of_data_source(&body)?,
            body,
            is_fresh: age == Age::Fresh,
            notes: Vec::new(),
        })
    }
}

fn ask(call: &Call, request: Request, age: Age) -> Result<Value, Problem> {
    let request = if age == Age::Fresh { request } else { request.max_age(SCHEMA_AGE) };
    Ok(call.notion().send(request)?.body)
}

fn container(call: &Call, id: &str, age: Age) -> Result<Value, Problem> {
    let request = Request::get(["v1", "databases", id]);
    match age {
        Age::Decided => Ok(call.notion().send(request.max_age(DECISION_AGE))?.body),
        age => ask(call, request, age),
    }
}

fn look(call: &Call, id: &str, age: Age) -> Result<DataSource, Problem> {
    match DataSource::read(call, id, age) {
        Err(problem) if is_another_kind(&problem) => {
            let database = container(call, id, age)?;
            DataSource::read(call, &only_data_source(&database)?, age)
        }
        other => other,
    }
}

/// Notion answers 404, or 400 when it knows the id as something else.
fn is_another_kind(problem: &Problem) -> bool {
    let status = problem
        .details
        .as_ref()
        .and_then(|details| details.pointer("/notion/status"))
        .and_then(Value::as_u64);
    matches!(status, Some(400 | 404))
}

fn missing(id: &str, problem: Problem) -> Problem {
    let missing = Problem::not_found(format!("This connection can see no database or data source `{id}`.")).hint(
        "It may be the id of a page, or the database is not shared with the integration. A search shows what is.",
    );
    match problem.details {
        Some(details) => missing.details(details),
        None => missing,
    }
}

#[cfg(test)]
mod tests;
