//! The rows of sealed columns, one after the other.

use uuid::Uuid;

use crate::database::{Database, Transaction};
use crate::error::Fault;
use crate::parameter::Parameter;
use crate::sealed_columns::{RowsBy, SealedColumn};
use crate::vault::Location;

/// Rows that one statement looks at. Of each it reads the key and six bytes.
const PAGE: usize = 500;

/// The unique key of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowKey {
    Id(String),
    Digest(Vec<u8>),
    Part(String, String),
}

/// Keys, each with the beginning of the row's value if there is one; in order.
pub(crate) struct RowPage {
    pub(crate) rows: Vec<(RowKey, Option<Vec<u8>>)>,
    /// Where to go on; none at the end.
    pub(crate) next: Option<RowKey>,
}

impl RowKey {
    /// Before every key of a column.
    pub(crate) fn first(column: &SealedColumn) -> Self {
        match column.rows {
            RowsBy::Id => Self::Id(String::new()),
            RowsBy::Digest => Self::Digest(Vec::new()),
            RowsBy::Part => Self::Part(String::new(), String::new()),
        }
    }

    /// What the row's value is sealed for; none when the key is damaged.
    pub(crate) fn location(&self, column: &SealedColumn) -> Option<Location> {
        match self {
            Self::Id(id) => Some(column.of(id.parse::<Uuid>().ok()?)),
            Self::Digest(digest) => Some(column.of_digest(digest)),
            Self::Part(id, part) => Some(column.of_part(id.parse::<Uuid>().ok()?, part)),
        }
    }

    /// A key of one column.
    fn single(&self) -> Option<Parameter> {
        match self {
            Self::Id(id) => Some(id.clone().into()),
            Self::Digest(digest) => Some(digest.clone().into()),
            Self::Part(..) => None,
        }
    }
}

impl Database {
    /// The rows after one.
    pub(crate) async fn sealed_page(&self, column: &SealedColumn, after: &RowKey) -> Result<RowPage, Fault> {
        let limit = || i64::try_from(PAGE).unwrap_or(i64::MAX).into();
        let rows: Vec<(RowKey, Option<Vec<u8>>)> = match after {
            RowKey::Id(id) => {
                let rows: Vec<(String, Option<Vec<u8>>)> =
                    self.rows(column.page, [id.clone().into(), limit()]).await?;
                rows.into_iter().map(|(id, start)| (RowKey::Id(id), start)).collect()
            }
            RowKey::Digest(digest) => {
                let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> =
                    self.rows(column.page, [digest.clone().into(), limit()]).await?;
                rows.into_iter().map(|(digest, start)| (RowKey::Digest(digest), start)).collect()
            }
            RowKey::Part(id, part) => {
                let rows: Vec<(String, String, Option<Vec<u8>>)> =
                    self.rows(column.page, [id.clone().into(), part.clone().into(), limit()]).await?;
                rows.into_iter().map(|(id, part, start)| (RowKey::Part(id, part), start)).collect()
            }
        };
        let next = rows.last().filter(|_| rows.len() >= PAGE).map(|(key, _)| key.clone());
        Ok(RowPage { rows, next })
    }

    /// The value of a row; none when it has gone.
    pub(crate) async fn sealed_value(
        &self,
        column: &SealedColumn,
        key: &RowKey,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let sql = column.value.rows;
        let found: Option<(Vec<u8>,)> = match (key, key.single()) {
            (RowKey::Part(id, part), _) => self.row(sql, [id.clone().into(), part.clone().into()]).await?,
            (_, Some(key)) => self.row(sql, [key]).await?,
            (_, None) => None,
        };
        Ok(found.map(|(value,)| value))
    }
}

impl Transaction {
    /// The value of a row, which nobody else changes before the transaction ends; none when it has gone, or somebody else is
    /// changing the row. Waiting for them with other rows held could be waiting for ever.
    pub(crate) async fn sealed_value_held(
        &mut self,
        column: &SealedColumn,
        key: &RowKey,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let found: Vec<(Vec<u8>,)> = match (key, key.single()) {
            (RowKey::Part(id, part), _) => {
                self.held_rows(column.value, [id.clone().into(), part.clone().into()]).await?
            }
            (_, Some(key)) => self.held_rows(column.value, [key]).await?,
            (_, None) => Vec::new(),
        };
        Ok(found.into_iter().next().map(|(value,)| value))
    }

    /// Puts another value in the place of one. False when that one isn't there any more.
    pub(crate) async fn replace_sealed(
        &mut self,
        column: &SealedColumn,
        key: &RowKey,
        old: Vec<u8>,
        new: Vec<u8>,
    ) -> Result<bool, Fault> {
        let sql = column.replace;
        let replaced = match (key, key.single()) {
            (RowKey::Part(id, part), _) => {
                self.execute(sql, [id.clone().into(), part.clone().into(), new.into(), old.into()]).await?
            }
            (_, Some(key)) => self.execute(sql, [key, new.into(), old.into()]).await?,
            (_, None) => 0,
        };
        Ok(replaced > 0)
    }
}
