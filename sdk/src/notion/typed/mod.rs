//! Rows as values of a struct, whose fields are columns.

mod cell;
mod dates;
mod element;
mod options;
mod reader;

use std::iter::FusedIterator;
use std::marker::PhantomData;

use toolbay_sdk_notion::properties::Kind;
use toolbay_sdk_notion::{Property, Schema, names};

pub use self::cell::{Cell, Fault};
pub use self::element::Element;
pub use self::options::Options;
pub use self::reader::Reader;
use super::rows::Rows;
use crate::Problem;

/// A struct whose fields are columns. `#[derive(Row)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not read from rows",
    label = "put `#[derive(Row)]` on the struct"
)]
pub trait TypedRow: Sized {
    /// The struct's name, for those who read a refusal.
    const NAME: &'static str;

    /// The columns that its fields are read from, in their order.
    const COLUMNS: &'static [Column];

    /// Whether a field takes the names of columns that are shown in part. Without one, such a value is refused.
    const TAKES_CUT: bool;

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// `conflict` for a value that its field can't hold.
    fn read(row: &Reader<'_>) -> Result<Self, Problem>;
}

/// What a field asks of its column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    fits: fn(&Kind) -> bool,
    wanted: &'static str,
}

impl Column {
    /// The column `name`, read as `T`.
    #[must_use]
    pub const fn of<T: Cell>(name: &'static str) -> Self {
        Self { name, fits: T::fits, wanted: T::WANTED }
    }

    /// The column of a schema, or what is wrong with it.
    fn found<'schema>(&self, schema: &'schema Schema) -> Result<&'schema Property, String> {
        let Ok(property) = schema.find(self.name) else {
            let known: Vec<&str> =
                schema.properties().iter().map(|property| property.name.as_str()).collect();
            return Err(format!("there is no column `{}` ({})", self.name, told(self.name, &known)));
        };
        if (self.fits)(&property.kind) {
            return Ok(property);
        }
        Err(format!("`{}` is of type {}, and {} is wanted", property.name, property.kind, self.wanted))
    }
}

/// The names in the place of one that isn't among them, as a part of a sentence.
fn told(wanted: &str, known: &[&str]) -> String {
    match wanted {
        "id" | "url" => format!("the row's own is #[row({wanted})]"),
        _ => names::valid(wanted, known).trim_end_matches('.').replacen("Valid", "valid", 1),
    }
}

/// Rows as values of a struct.
///
/// It goes on after a row that can't be read, so that whoever wants the others can have them, and ends after a problem of
/// [`Rows`].
#[derive(Debug)]
#[must_use = "nothing is read before the first row is taken"]
pub struct TypedRows<'a, T> {
    rows: Rows<'a>,
    columns: Vec<Property>,
    read: PhantomData<fn() -> T>,
}

impl<'a> Rows<'a> {
    /// Reads each row as a struct that derives `Row`, and asks Notion for its columns alone.
    ///
    /// ```
    /// use toolbay_sdk::jiff::civil::Date;
    /// use toolbay_sdk::notion::{DataSource, Options, Row};
    /// use toolbay_sdk::prelude::*;
    ///
    /// #[derive(Row)]
    /// struct Expense {
    ///     #[row(id)]
    ///     id: String,
    ///     /// What may be empty is an `Option`.
    ///     amount: Option<f64>,
    ///     #[row(name = "Paid on")]
    ///     paid: Date,
    ///     category: Category,
    /// }
    ///
    /// #[derive(Options, PartialEq)]
    /// enum Category {
    ///     Travel,
    ///     #[row(name = "Food & drink")]
    ///     Food,
    /// }
    ///
    /// fn spent_on_food(call: &Call, database_id: &str) -> Result<f64, Problem> {
    ///     let mut source = DataSource::find(call, database_id)?;
    ///     let mut sum = 0.0;
    ///     for expense in source.rows(call).typed::<Expense>()? {
    ///         let expense = expense?;
    ///         if expense.category == Category::Food {
    ///             sum += expense.amount.unwrap_or_default();
    ///         }
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// # let id = "01234567-89ab-cdef-0123-456789abcdef";
    /// # let host = toolbay_sdk::mock::MockHost::new()
    /// #     .on("GET /v1/data_sources/{id}", json!({ "id": id, "properties": {
    /// #         "Amount": { "id": "a", "type": "number", "number": {} },
    /// #         "Paid on": { "id": "b", "type": "date", "date": {} },
    /// #         "Category": { "id": "c", "type": "select", "select": { "options": [] } } } }))
    /// #     .on("POST /v1/data_sources/{id}/query", json!({ "next_cursor": null, "results": [
    /// #         { "object": "page", "id": "p", "properties": {
    /// #             "Amount": { "id": "a", "type": "number", "number": 3.5 },
    /// #             "Paid on": { "id": "b", "type": "date", "date": { "start": "2026-01-10" } },
    /// #             "Category": { "id": "c", "type": "select", "select": { "name": "Food & drink" } } } } ] }));
    /// # assert_eq!(spent_on_food(&host.call(), id).unwrap(), 3.5);
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid_input` where the data source lacks a column, or has it with another type, before a row is read.
    pub fn typed<T: TypedRow>(mut self) -> Result<TypedRows<'a, T>, Problem> {
        let title = self.source().title.clone();
        let columns = self.checked(|schema| columns::<T>(schema, title.as_deref()))?;
        let asked = match (columns.as_slice(), self.source().schema.title()) {
            // None would be all of them, and an id is there anyway: the title is the least.
            ([], Some(title)) => vec![title.clone()],
            (columns, _) => columns.to_vec(),
        };
        Ok(TypedRows { rows: self.only(&asked), columns, read: PhantomData })
    }
}

fn columns<T: TypedRow>(schema: &Schema, title: Option<&str>) -> Result<Vec<Property>, Problem> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for column in T::COLUMNS {
        match column.found(schema) {
            Ok(property) => found.push(property.clone()),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(found);
    }
    let title = title.map(|title| format!(" `{title}`")).unwrap_or_default();
    Err(Problem::invalid_input(format!(
        "The database{title} has no rows of the kind `{}`: {}.",
        T::NAME,
        faults.join("; ")
    ))
    .hint("Give another database, or change its columns."))
}

impl<T: TypedRow> Iterator for TypedRows<'_, T> {
    type Item = Result<T, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(row.and_then(|row| {
            T::read(&Reader::new(row.page(), &self.columns, &self.rows.source().schema, T::TAKES_CUT))
        }))
    }
}

impl<T: TypedRow> FusedIterator for TypedRows<'_, T> {}
