//! Gathers the rows of a query, to the limit or as far as time and the answer's size allow.

use toolbay_sdk::notion::query::PAGE_SIZE;
use toolbay_sdk::notion::table::Table;
use toolbay_sdk::prelude::*;

use super::input::Input;
use super::pages::Pages;

/// Most bytes of an answer: about 25,000 tokens, which is what clients begin to cut at.
const COMPACT_BYTES: usize = 80_000;

/// The same where the caller asked for Notion's own objects.
const FULL_BYTES: usize = 1_000_000;

/// Rows as they are gathered.
pub(super) enum Found {
    Compact(Table),
    Full(Vec<Value>),
}

impl Found {
    fn len(&self) -> usize {
        match self {
            Self::Compact(table) => table.len(),
            Self::Full(rows) => rows.len(),
        }
    }
}

/// Where reading ended, and why.
#[derive(Default)]
pub(super) struct End {
    pub(super) next_cursor: Option<String>,
    /// Data sources among the rows, as a wiki has them.
    pub(super) sources: Vec<Value>,
    pub(super) notes: Vec<String>,
}

/// Reads page after page.
pub(super) fn read(pages: &Pages<'_>, input: &Input, found: &mut Found) -> Result<End, Problem> {
    let limit = usize::try_from(input.limit).unwrap_or(PAGE_SIZE);
    let mut end = End::default();
    let mut cursor = input.cursor.clone().filter(|cursor| !cursor.is_empty());
    let (mut bytes, mut seen) = (0, 0);
    loop {
        let size = PAGE_SIZE.min(limit.saturating_sub(seen));
        let page = match pages.read(cursor.as_deref(), size) {
            // What was read is worth more than the failure, which comes back with the cursor if it lasts.
            Err(problem) if seen > 0 => {
                end.notes.push(format!("The answer ends early: {} Go on with `cursor`.", problem.message));
                break;
            }
            page => page?,
        };
        if page.is_capped {
            end.notes.push(
                "Notion ends every query at 10,000 rows and there are more: narrow the filter.".to_owned(),
            );
        }
        let came = page.rows.len() + page.sources.len();
        seen += came;
        end.sources.extend(page.named_sources());
        cursor = page.next_cursor;
        let max = match found {
            Found::Compact(table) => {
                bytes += table.add(&page.rows, COMPACT_BYTES.saturating_sub(bytes));
                COMPACT_BYTES
            }
            Found::Full(all) => {
                bytes += page.rows.iter().map(|row| row.to_string().len()).sum::<usize>();
                all.extend(page.rows);
                FULL_BYTES
            }
        };
        if cursor.is_none() || seen >= limit || came == 0 {
            break;
        }
        let is_wanted = pages.call.progress(to_u64(seen), Some(to_u64(limit)), None);
        if bytes >= max || !is_wanted || !pages.has_time() {
            end.notes.push(format!("The answer ends early, at {} rows: go on with `cursor`.", found.len()));
            break;
        }
    }
    end.next_cursor = cursor;
    Ok(end)
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
