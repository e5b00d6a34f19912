//! Rows as columns and cells: the names stand there once, not in each row.
//!
//! That is what makes a hundred rows cost a tenth of Notion's own objects: no names repeated, no link beside the id that it
//! is made of, ids without dashes, people and hosted files by their names.

mod cell;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use self::cell::Cell;
use super::Schema;
use super::properties::{Kind, Property};

/// How long a cell may be, in characters: the first length at which the rows fit.
const LONGEST: [usize; 3] = [2_000, 500, 100];

/// From how many rows on a value that all of them have is said once: with few it saves nothing.
const SHARED_FROM: usize = 10;

/// Rows of plain values.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    /// Names of columns of which some cell is not whole.
    cut: BTreeSet<String>,
    /// Columns that were asked for stay, also where they are empty or all the same.
    is_chosen: bool,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    is_relation: bool,
}

impl Table {
    /// With the chosen columns, or all when none is chosen; the title is the first.
    #[must_use]
    pub fn new(schema: &Schema, chosen: &[Property]) -> Self {
        let mut columns: Vec<&Property> = if chosen.is_empty() {
            schema.properties().iter().filter(|property| property.kind != Kind::Button).collect()
        } else {
            chosen.iter().collect()
        };
        columns.sort_by_key(|property| property.kind != Kind::Title);
        let columns = columns
            .into_iter()
            .map(|property| Column {
                name: property.name.clone(),
                is_relation: property.kind == Kind::Relation,
            })
            .collect();
        Self { columns, rows: Vec::new(), cut: BTreeSet::new(), is_chosen: !chosen.is_empty() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds pages as Notion answers them, their cells shortened until all fit into so many bytes; answers with how many they take.
    pub fn add(&mut self, pages: &[Value], most: usize) -> usize {
        let mut added = (Vec::new(), BTreeSet::new(), 0);
        for longest in LONGEST {
            added = self.read(pages, longest);
            if added.2 <= most {
                break;
            }
        }
        let (rows, cut, bytes) = added;
        self.rows.extend(rows);
        self.cut.extend(cut);
        bytes
    }

    fn read(&self, pages: &[Value], longest: usize) -> (Vec<Vec<Value>>, BTreeSet<String>, usize) {
        let mut cut = BTreeSet::new();
        let mut bytes = 0;
        let rows = pages
            .iter()
            .map(|page| {
                let id = page.get("id").and_then(Value::as_str).unwrap_or_default();
                let cells = self.columns.iter().map(|column| {
                    let value = page.get("properties").and_then(|properties| properties.get(&column.name));
                    let Cell { value, is_whole } = cell::read(value, column.is_relation, longest);
                    if !is_whole {
                        cut.insert(column.name.clone());
                    }
                    value
                });
                let row: Vec<Value> = [cell::id(id)].into_iter().chain(cells).collect();
                bytes += row.iter().map(|value| value.to_string().len() + 1).sum::<usize>();
                row
            })
            .collect();
        (rows, cut, bytes)
    }

    /// Puts `columns` and `rows` into an answer, the id first in each row, then the title.
    ///
    /// Columns that no row fills are left out, and what all of ten or more rows have is in `in_all_rows`; both only where
    /// the columns were not chosen. `cut` names the columns of which some cell is not whole.
    pub fn put(mut self, answer: &mut Map<String, Value>) {
        let mut shared = Map::new();
        // The first cell is the id, the second the title.
        let mut kept = vec![true, true];
        for (place, column) in self.columns.iter().enumerate().skip(1) {
            let mut cells = self.rows.iter().filter_map(|row| row.get(place + 1));
            let first = cells.next().unwrap_or(&Value::Null);
            let is_same = cells.all(|cell| cell == first);
            let is_empty = is_same && first.is_null();
            let is_shared = is_same && self.rows.len() >= SHARED_FROM;
            if is_shared && !is_empty && !self.is_chosen {
                shared.insert(column.name.clone(), first.clone());
            }
            kept.push(self.is_chosen || !(is_empty || is_shared));
        }
        for row in &mut self.rows {
            let mut kept = kept.iter();
            row.retain(|_| kept.next().copied().unwrap_or(true));
        }
        let names = std::iter::once("id").chain(self.columns.iter().map(|column| column.name.as_str()));
        let names: Vec<&str> = names.zip(&kept).filter(|(_, kept)| **kept).map(|(name, _)| name).collect();
        answer.insert("columns".to_owned(), json!(names));
        if !shared.is_empty() {
            answer.insert("in_all_rows".to_owned(), Value::Object(shared));
        }
        answer.insert("rows".to_owned(), json!(self.rows));
        if !self.cut.is_empty() {
            answer.insert("cut".to_owned(), json!({ "columns": self.cut, "whole": "get_page" }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        Schema::of_data_source(&json!({ "properties": {
            "Points": { "id": "p", "type": "number", "number": {} },
            "Empty": { "id": "e", "type": "url", "url": {} },
            "Name": { "id": "title", "type": "title", "title": {} },
        } }))
        .expect("a schema")
    }

    fn pages(count: usize) -> Vec<Value> {
        (0..count)
            .map(|number| {
                json!({ "id": format!("{number}"), "properties": {
                    "Name": { "type": "title", "title": [{ "plain_text": format!("Row {number}") }] },
                    "Points": { "type": "number", "number": 3 },
                    "Empty": { "type": "url", "url": null },
                } })
            })
            .collect()
    }

    fn answer(count: usize, chosen: &[Property]) -> Value {
        let mut table = Table::new(&schema(), chosen);
        table.add(&pages(count), 10_000);
        let mut answer = Map::new();
        table.put(&mut answer);
        Value::Object(answer)
    }

    #[test]
    fn columns_that_say_nothing_are_left_out_unless_they_were_chosen() {
        assert_eq!(
            answer(1, &[]),
            json!({ "columns": ["id", "Name", "Points"], "rows": [["0", "Row 0", 3]] })
        );
        let many = answer(10, &[]);
        assert_eq!(many["columns"], json!(["id", "Name"]));
        assert_eq!(many["in_all_rows"], json!({ "Points": 3 }));
        assert_eq!(answer(10, schema().properties())["columns"], json!(["id", "Name", "Points", "Empty"]));
    }

    #[test]
    fn cells_are_shortened_until_the_rows_fit() {
        let mut long = pages(20);
        for page in &mut long {
            page["properties"]["Name"]["title"][0]["plain_text"] = json!("x".repeat(5_000));
        }
        let mut table = Table::new(&schema(), &[]);
        let bytes = table.add(&long, 12_000);
        assert!((10_000..12_000).contains(&bytes), "{bytes}");
        let mut answer = Map::new();
        table.put(&mut answer);
        assert_eq!(answer.get("cut"), Some(&json!({ "columns": ["Name"], "whole": "get_page" })));
    }
}
