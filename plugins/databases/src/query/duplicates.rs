//! Rows that have equal values.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Map;
use toolbay_sdk::notion::excerpt;
use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::notion::properties::{Kind, Property, Seen, known};
use toolbay_sdk::prelude::*;

use super::aggregates::note;
use super::input::Input;
use super::pages::Pages;

/// Rows of one value that are named; the others are only counted.
const MAX_IDS: usize = 25;

/// Rows with the same values.
struct Group {
    values: Vec<Value>,
    ids: Vec<String>,
    count: u64,
}

/// Reads all rows of a query, and answers those of which there are several with the same values.
pub(super) fn found(pages: &Pages<'_>, input: &Input) -> Result<Map<String, Value>, Problem> {
    let mut groups: HashMap<[u64; 2], Group> = HashMap::new();
    let (mut count, mut without): (u64, u64) = (0, 0);
    let mut cut: Vec<String> = Vec::new();
    let mut not_computed: Vec<String> = Vec::new();
    let early = pages.read_all(|row| {
        count += 1;
        let mut texts = Vec::with_capacity(pages.columns.len());
        let mut values = Vec::with_capacity(pages.columns.len());
        for column in pages.columns {
            let value = row.get("properties").and_then(|properties| properties.get(&column.name));
            // Two that were not computed may have different values.
            if value.is_some_and(known::is_not_computed)
                || known::is_partial(&column.name, row, &pages.source.schema)
            {
                if !not_computed.contains(&column.name) {
                    not_computed.push(column.name.clone());
                }
                return Ok(());
            }
            let Some((text, shown)) = value.and_then(compared) else {
                without += 1;
                return Ok(());
            };
            if value.is_some_and(known::is_cut) && !cut.contains(&column.name) {
                cut.push(column.name.clone());
            }
            texts.push(text);
            values.push(shown);
        }
        let id = row.get("id").and_then(Value::as_str).unwrap_or_default().replace('-', "");
        let group =
            groups.entry(digest(&texts)).or_insert_with(|| Group { values, ids: Vec::new(), count: 0 });
        group.count += 1;
        if group.ids.len() < MAX_IDS {
            group.ids.push(id);
        }
        Ok(())
    })?;
    let mut several: Vec<Group> = groups.into_values().filter(|group| group.count > 1).collect();
    several.sort_by_cached_key(|group| (std::cmp::Reverse(group.count), json!(group.values).to_string()));

    let mut answer = Map::new();
    if let Some(early) = early {
        answer.insert("incomplete".to_owned(), early.told(count).into());
    }
    let limit = usize::try_from(input.limit).unwrap_or_default();
    let more = several.len().saturating_sub(limit);
    let has_more_ids = several.iter().take(limit).any(|group| group.count > to_u64(group.ids.len()));
    let names = pages.columns.iter().map(|column| column.name.as_str());
    answer.insert("columns".to_owned(), names.chain(["count", "ids"]).map(Value::from).collect());
    let rows = several.into_iter().take(limit).map(|group| {
        let Group { mut values, ids, count } = group;
        values.extend([json!(count), json!(ids)]);
        Value::Array(values)
    });
    answer.insert("duplicates".to_owned(), rows.collect());
    answer.insert("rows".to_owned(), count.into());
    if !cut.is_empty() {
        answer.insert("cut".to_owned(), json!(cut));
        note(
            &mut answer,
            "Of what is cut the beginnings were compared: read the rows before you merge them.".to_owned(),
        );
    }
    if !not_computed.is_empty() {
        answer.insert("not_computed".to_owned(), json!(not_computed));
        note(&mut answer, "Rows of which Notion did not compute a column are left out.".to_owned());
    }
    if more > 0 {
        note(&mut answer, format!("{more} more values: raise `limit`."));
    }
    if has_more_ids {
        note(&mut answer, format!("Of each value the first {MAX_IDS} rows are named."));
    }
    if without > 0 {
        note(&mut answer, format!("{without} rows have no value in one of the columns and are left out."));
    }
    Ok(answer)
}

/// The columns, refused where they are none.
pub(super) fn refuse_incomparable(columns: &[Property]) -> Result<(), Problem> {
    match columns.iter().find(|column| matches!(column.kind, Kind::Button | Kind::Files)) {
        None => Ok(()),
        Some(column) => Err(Problem::invalid_input(format!(
            "Rows can't be compared by `{}` ({}).",
            excerpt(&column.name),
            column.kind
        ))
        .hint("Give columns of texts, numbers, options, dates, people or relations.")),
    }
}

/// The ids of the people that a value holds: two may have one name.
fn people(value: &Value) -> impl Iterator<Item = &str> {
    let several = value.get("people").and_then(Value::as_array).into_iter().flatten();
    let one = ["created_by", "last_edited_by"].into_iter().filter_map(|kind| value.get(kind));
    several.chain(one).filter_map(|person| person.get("id").and_then(Value::as_str))
}

/// The value as it is compared, and as it is shown. What can name a row is compared as where rows are named: in one normal
/// form of Unicode, without blanks at its ends, with case. None for an empty one.
fn compared(value: &Value) -> Option<(String, Value)> {
    /// Characters of a value that are shown.
    const SHOWN: usize = 200;
    let shown = plain(value)?;
    let text = match Seen::of(value) {
        _ if people(value).next().is_some() => {
            let mut ids: Vec<&str> = people(value).collect();
            ids.sort_unstable();
            ids.join(",")
        }
        Some(seen) => seen.texts().next().map(str::to_owned)?,
        None => match &shown {
            // The same people and pages in another order are the same.
            Value::Array(elements) => {
                let mut elements: Vec<String> = elements.iter().map(Value::to_string).collect();
                elements.sort_unstable();
                elements.join(",")
            }
            other => other.to_string(),
        },
    };
    let shown = match shown {
        Value::String(text) => Value::String(text.chars().take(SHOWN).collect()),
        other => other,
    };
    (!text.is_empty()).then_some((text, shown))
}

/// Stands for the values: ten thousand long texts would take more memory than a call has.
fn digest(texts: &[String]) -> [u64; 2] {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, texts).hash(&mut hasher);
        hasher.finish()
    };
    [hash(0), hash(1)]
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
