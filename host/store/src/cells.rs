//! What statements give: rows of text, integers and bytes, read into values by serde.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use sqlx::{Column as _, ColumnIndex, Database, Decode, TypeInfo as _, ValueRef as _};

use crate::error::Fault;

/// A row that both databases can give: a tuple, or a struct whose fields are named as the columns; derive `Deserialize`.
pub(crate) trait Row: DeserializeOwned + Send {}

impl<T: DeserializeOwned + Send> Row for T {}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row: each column's name and its value.
pub(crate) type Cells<'c> = Vec<(&'c str, Cell)>;

/// Reads a row.
pub(crate) fn row<T: Row>(cells: Cells<'_>) -> Result<T, Fault> {
    T::deserialize(CellsDeserializer(cells)).map_err(|error| Fault::Damaged(error.to_string()))
}

/// The cells of a row that sqlx gave.
pub(crate) fn of_sqlx<R>(row: &R) -> Result<Cells<'_>, sqlx::Error>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    i64: for<'r> Decode<'r, R::Database>,
    String: for<'r> Decode<'r, R::Database>,
    Vec<u8>: for<'r> Decode<'r, R::Database>,
{
    row.columns().iter().map(|column| Ok((column.name(), cell(row, column.ordinal())?))).collect()
}

fn cell<R>(row: &R, ordinal: usize) -> Result<Cell, sqlx::Error>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    i64: for<'r> Decode<'r, R::Database>,
    String: for<'r> Decode<'r, R::Database>,
    Vec<u8>: for<'r> Decode<'r, R::Database>,
{
    let value = row.try_get_raw(ordinal)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let decoded = match value.type_info().name() {
        "INTEGER" | "INT8" => <i64 as Decode<R::Database>>::decode(value).map(Cell::Integer),
        "TEXT" => <String as Decode<R::Database>>::decode(value).map(Cell::Text),
        "BLOB" | "BYTEA" => <Vec<u8> as Decode<R::Database>>::decode(value).map(Cell::Bytes),
        other => Err(format!("a column is of type {other} of {}", R::Database::NAME).into()),
    };
    decoded.map_err(sqlx::Error::Decode)
}

type Unreadable = serde::de::value::Error;

struct CellsDeserializer<'c>(Cells<'c>);

impl<'de> Deserializer<'de> for CellsDeserializer<'_> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|(_, cell)| cell)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_map(MapDeserializer::new(self.0.into_iter()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl<'de> Deserializer<'de> for Cell {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Null => Err(Unreadable::custom("a column is empty")),
            Self::Integer(integer) => visitor.visit_i64(integer),
            Self::Text(text) => visitor.visit_string(text),
            // What serde makes a `Vec<u8>` of.
            Self::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

impl IntoDeserializer<'_, Unreadable> for Cell {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Known {
        id: String,
        size: i64,
        hash: Vec<u8>,
        ended_at: Option<i64>,
    }

    fn cells() -> Cells<'static> {
        vec![
            ("size", Cell::Integer(-7)),
            ("ended_at", Cell::Null),
            ("hash", Cell::Bytes(vec![0, 255])),
            ("id", Cell::Text("a".to_owned())),
            ("beside", Cell::Null),
        ]
    }

    #[test]
    fn structs_are_read_by_name_and_tuples_in_order() {
        let known = Known { id: "a".to_owned(), size: -7, hash: vec![0, 255], ended_at: None };
        assert_eq!(row::<Known>(cells()).unwrap(), known);
        let tuple = (-7, None, vec![0, 255], "a".to_owned());
        assert_eq!(row::<(i64, Option<i64>, Vec<u8>, String)>(cells()[..4].to_vec()).unwrap(), tuple);
    }

    #[test]
    fn what_has_another_type_is_told_as_damaged() {
        for (name, cell) in [
            ("size", Cell::Text("7".to_owned())),
            ("size", Cell::Null),
            ("id", Cell::Bytes(vec![65])),
            ("id", Cell::Integer(1)),
            ("hash", Cell::Text("a".to_owned())),
            ("ended_at", Cell::Text("now".to_owned())),
        ] {
            let mut cells = cells();
            cells.retain(|(other, _)| *other != name);
            assert!(
                matches!(row::<Known>(cells.clone()), Err(Fault::Damaged(_))) || name == "ended_at",
                "{name}"
            );
            cells.push((name, cell.clone()));
            assert!(matches!(row::<Known>(cells), Err(Fault::Damaged(_))), "{name} {cell:?}");
        }
    }
}
