//! What a plugin's side and the egress to databases write to each other: a request's body, and that of its answer.
//!
//! The words alone are here. Which databases there are, what a statement does and how it is carried out, the egress knows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

/// The egress's name in a request.
pub const EGRESS: &str = "sql";

/// A value of a row, or of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Value", try_from = "Value")]
pub enum SqlValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A statement with its parameters, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlStatement {
    pub sql: String,
    pub parameters: Vec<SqlValue>,
}

/// Statements that are carried out in one transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlRequest {
    pub statements: Vec<SqlStatement>,
    /// Most rows of each statement; none leaves it to the egress.
    pub max_rows: Option<u32>,
}

/// What one statement came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SqlOutcome {
    /// The names of the columns; none for a statement without rows. Two may be the same.
    pub columns: Vec<String>,
    /// The rows, each as long as the columns.
    pub rows: Vec<Vec<SqlValue>>,
    /// Whether there are more rows than these.
    pub more: bool,
    /// Rows that were added, changed or removed.
    pub changes: u64,
}

/// The answer to a [`SqlRequest`]: what each statement came to, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlAnswer {
    pub outcomes: Vec<SqlOutcome>,
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlEngine {
    Sqlite,
    Postgres,
}

impl SqlEngine {
    /// The engine as its makers write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database that the operator named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlDatabase {
    pub name: String,
    pub engine: SqlEngine,
    /// Whether it may be written to.
    pub writes: bool,
}

/// The answer to the question which databases there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlDatabases {
    pub databases: Vec<SqlDatabase>,
}

/// JSON that is no value of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is none of SQL: it is null, true, false, a number, a text, or {{\"blob\": BASE64}}")]
pub struct NoSqlValue;

/// What JSON has, as JSON; what it hasn't, as an object of one member.
impl From<SqlValue> for Value {
    fn from(value: SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Boolean(value) => value.into(),
            SqlValue::Integer(value) => value.into(),
            SqlValue::Real(value) => match Number::from_f64(value) {
                Some(number) => number.into(),
                None => json!({ "real": value.to_string() }),
            },
            SqlValue::Text(value) => value.into(),
            SqlValue::Blob(bytes) => json!({ "blob": STANDARD.encode(bytes) }),
        }
    }
}

impl TryFrom<Value> for SqlValue {
    type Error = NoSqlValue;

    fn try_from(value: Value) -> Result<Self, NoSqlValue> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Integer(value),
                None if number.is_f64() => Self::Real(number.as_f64().ok_or(NoSqlValue)?),
                // Larger than any integer of SQL: as a fraction it would be another number.
                None => return Err(NoSqlValue),
            },
            Value::String(value) => Self::Text(value),
            Value::Object(members) => {
                let mut members = members.into_iter();
                match (members.next(), members.next()) {
                    (Some((key, Value::String(text))), None) if key == "blob" => {
                        Self::Blob(STANDARD.decode(text).map_err(|_| NoSqlValue)?)
                    }
                    (Some((key, Value::String(text))), None) if key == "real" => {
                        Self::Real(text.parse().map_err(|_| NoSqlValue)?)
                    }
                    _ => return Err(NoSqlValue),
                }
            }
            Value::Array(_) => return Err(NoSqlValue),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = SqlValue> {
        prop_oneof![
            Just(SqlValue::Null),
            any::<bool>().prop_map(SqlValue::Boolean),
            any::<i64>().prop_map(SqlValue::Integer),
            any::<f64>().prop_map(SqlValue::Real),
            ".{0,20}".prop_map(SqlValue::Text),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(SqlValue::Blob),
        ]
    }

    proptest! {
        /// A replay tells what the live run was told, to the last bit.
        #[test]
        fn a_value_comes_back_as_it_was(value in value()) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<SqlValue>(&text).unwrap(), value);
        }
    }

    #[test]
    fn what_json_lacks_is_kept_and_what_sql_lacks_is_refused() {
        for number in [f64::INFINITY, f64::NEG_INFINITY] {
            let text = serde_json::to_string(&SqlValue::Real(number)).unwrap();
            assert_eq!(serde_json::from_str::<SqlValue>(&text).unwrap(), SqlValue::Real(number));
        }
        assert_eq!(serde_json::to_string(&SqlValue::Real(1.0)).unwrap(), "1.0");
        for text in ["[]", "{}", r#"{"blob": 1}"#, r#"{"blob": "?"}"#, "18446744073709551615"] {
            assert!(serde_json::from_str::<SqlValue>(text).is_err(), "{text}");
        }
    }
}
