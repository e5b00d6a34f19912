//! Statements for SQL databases, and what they come to.

use serde_json::Value;

/// A database that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// What the operator calls it.
    pub name: String,
    /// What speaks SQL there.
    pub engine: Engine,
    /// Whether it may be written to.
    pub writes: bool,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A value of a row, or of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// True or false; SQLite keeps it as 1 or 0.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text; also what SQL has and this list hasn't, as the database writes it: decimals, dates, lists.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl SqlValue {
    /// The value that JSON means: null, true, false, a number or a text. None for a list, an object, and a whole number that SQL's are
    /// too small for.
    ///
    /// ```
    /// use toolbay_sdk::SqlValue;
    /// use toolbay_sdk::serde_json::json;
    ///
    /// assert_eq!(SqlValue::of_json(&json!(2)), Some(SqlValue::Integer(2)));
    /// assert_eq!(SqlValue::of_json(&json!([2])), None);
    /// ```
    #[must_use]
    pub fn of_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Integer(value),
                None if number.is_f64() => Self::Real(number.as_f64()?),
                None => return None,
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(_) | Value::Object(_) => return None,
        })
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, where it is one; 1 and 0 for true and false.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            Self::Boolean(value) => Some((*value).into()),
            _ => None,
        }
    }
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for SqlValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for SqlValue {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<bool> for SqlValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<Vec<u8>> for SqlValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// One statement. Its parameters are numbered: `$1`, `$2`.
    pub sql: String,
    /// Their values, in their order.
    pub parameters: Vec<SqlValue>,
}

impl Statement {
    /// A statement without parameters.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    /// Gives the next parameter its value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<SqlValue>) -> Self {
        self.parameters.push(value.into());
        self
    }
}

impl From<&str> for Statement {
    fn from(sql: &str) -> Self {
        Self::new(sql)
    }
}

/// What a statement came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlOutcome {
    /// Names of the columns; none for a statement without rows. Two may be the same.
    pub columns: Vec<String>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<SqlValue>>,
    /// Whether there are more rows than these.
    pub more: bool,
    /// Rows that were added, changed or removed.
    pub changes: u64,
}
