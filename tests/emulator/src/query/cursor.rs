//! Cursors of a data source query: `s:<session>:<row>`, or a row's id alone (both recorded).

use crate::errors::{Refusal, bad_cursor};

/// Where a page of rows starts, and the session that the next cursor carries.
pub(crate) struct Start {
    pub(crate) position: usize,
    pub(crate) session: Option<String>,
}

/// Reads a cursor against the rows of this query.
pub(crate) fn read(
    place: impl Fn(&str) -> Option<usize>,
    cursor: Option<&str>,
    new_session: String,
) -> Result<Start, Refusal> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok(Start { position: 0, session: Some(new_session) });
    };
    let shaped = cursor.strip_prefix("s:").and_then(|rest| rest.split_once(':'));
    let (session, row) = match shaped {
        Some((session, row)) if !session.is_empty() && !row.is_empty() => (Some(session.to_owned()), row),
        _ => (None, cursor),
    };
    let position = place(row).ok_or_else(|| bad_cursor(row))?;
    Ok(Start { position, session })
}
