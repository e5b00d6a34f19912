//! One row, with its values as people write them.

use serde_json::{Map, Value};
use toolbay_sdk_notion::properties::known;
use toolbay_sdk_notion::properties::plain::plain;
use toolbay_sdk_notion::{Detail, excerpt, flatten, names};

use crate::Problem;

/// A row of a data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    page: Value,
}

impl Row {
    pub(super) fn of(page: Value) -> Self {
        Self { page }
    }

    /// Its id, which is also that of its page.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// The link to its page in Notion.
    #[must_use]
    pub fn url(&self) -> &str {
        self.text("url")
    }

    /// Its title; none when it is empty.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        flatten::title(&self.page)
    }

    /// The plain value of a column, null where it is empty: a text, a number, true or false, the name of an option, an array
    /// of names, a date as ISO 8601 writes it, the ids of related pages.
    ///
    /// Of a text, people and related pages Notion shows 25 elements; [`Row::flat`] and
    /// [`Rows::typed`](super::Rows::typed) tell where there may be more.
    ///
    /// # Errors
    ///
    /// `invalid_input` for a column that the row doesn't have, with those that it has; `conflict` for a formula or a rollup
    /// that Notion did not compute, which is not the same as empty.
    pub fn value(&self, column: &str) -> Result<Value, Problem> {
        let columns = self.page.get("properties").and_then(Value::as_object);
        let value = match columns.and_then(|columns| columns.get(column)) {
            Some(value) => Some(value),
            None => {
                let known: Vec<&str> = columns.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let name = names::find(column, &known, "column")?;
                columns.and_then(|columns| columns.get(name))
            }
        };
        if value.is_some_and(known::is_not_computed) {
            return Err(Problem::conflict(format!(
                "`{}` of the row {} was not computed by Notion.",
                excerpt(column),
                self.id()
            ))
            .hint("Send it again later."));
        }
        Ok(value.and_then(plain).unwrap_or_default())
    }

    /// The plain values by column, without the title and whatever is empty.
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        flatten::properties(&self.page)
    }

    /// As a small flat object, with `id`, `url`, `title` and `properties`; `cut` names the columns of which Notion may have
    /// shown only a part, `not_computed` those that it did not compute.
    #[must_use]
    pub fn flat(&self) -> Value {
        flatten(&self.page, Detail::Compact)
    }

    /// Notion's own object.
    #[must_use]
    pub fn page(&self) -> &Value {
        &self.page
    }

    fn text(&self, key: &str) -> &str {
        self.page.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}
