//! A row from which fields are read, and the words for what can't be read.

use serde_json::Value;
use toolbay_sdk_notion::properties::known;
use toolbay_sdk_notion::{Property, Schema, excerpt, flatten};

use super::cell::{Cell, Fault};
use crate::Problem;

/// A row, for what `#[derive(Row)]` makes.
#[derive(Debug)]
pub struct Reader<'a> {
    page: &'a Value,
    columns: &'a [Property],
    schema: &'a Schema,
    takes_cut: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(page: &'a Value, columns: &'a [Property], schema: &'a Schema, takes_cut: bool) -> Self {
        Self { page, columns, schema, takes_cut }
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The link to the row's page.
    #[must_use]
    pub fn url(&self) -> String {
        self.text("url")
    }

    /// The columns of which Notion may have shown only a part.
    #[must_use]
    pub fn cut(&self) -> Vec<String> {
        let is_cut = |column: &&Property| self.value(column).is_some_and(known::is_cut);
        self.columns.iter().filter(is_cut).map(|column| column.name.clone()).collect()
    }

    /// The value of the column at this place.
    ///
    /// # Errors
    ///
    /// `conflict` for a value that the type can't hold, of which only a part is shown, or which was not computed.
    pub fn cell<T: Cell>(&self, place: usize) -> Result<T, Problem> {
        let column = self.columns.get(place).ok_or_else(|| Problem::failed("The row has fewer columns."))?;
        let value = self.value(column).ok_or_else(|| self.refuse(column, "is not in Notion's answer", ""))?;
        if known::is_not_computed(value) || known::is_partial(&column.name, self.page, self.schema) {
            return Err(self.refuse(column, "was not computed by Notion", "Send it again later."));
        }
        if !self.takes_cut && known::is_cut(value) {
            return Err(self.refuse(
                column,
                "is shown in part: Notion shows 25 elements",
                "The plugin's author can take such rows with a field `#[row(cut)]`.",
            ));
        }
        T::read(value).map_err(|fault| match fault {
            Fault::Empty => self.refuse(
                column,
                "is empty",
                "Fill it in. The plugin's author can declare it as an `Option`.",
            ),
            Fault::Is(words) => self.refuse(column, &words, "Correct it in Notion."),
            Fault::Unknown(words, known) => self.refuse(column, &words, &known),
        })
    }

    fn value(&self, column: &Property) -> Option<&'a Value> {
        self.page.get("properties")?.get(&column.name)
    }

    fn text(&self, key: &str) -> String {
        self.page.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    // Not for each type anew: guests are smaller.
    #[cold]
    #[inline(never)]
    fn refuse(&self, column: &Property, fault: &str, hint: &str) -> Problem {
        let title = flatten::title(self.page).map(|title| format!(" `{}`", excerpt(&title)));
        let problem = Problem::conflict(format!(
            "`{}` of the row{} ({}) {fault}.",
            column.name,
            title.unwrap_or_default(),
            self.id()
        ));
        if hint.is_empty() { problem } else { problem.hint(hint) }
    }
}
