//! Rows as columns and cells: the names stand there once, not in each row.
//!
//! That is what makes a hundred rows cost a tenth of Notion's own objects: no names repeated, no link beside the id that it
//! is made of, ids without dashes, people and hosted files by their names.

mod cell;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub use self::cell::id as as_in_cells;
use super::properties::{Kind, Property, known};
use super::{NotionId, Schema, json_text};

/// How long a cell may be, in characters: the first length at which the rows fit.
pub(crate) const CELL_LENGTHS: [usize; 3] = [2_000, 500, 100];

/// From how many rows on a value that all of them have is said once: with few it saves nothing.
const SHARED_FROM: usize = 10;

/// From how many bytes on a beginning that all links of a column share is said once.
const LONG_BEGINNING: usize = 16;

/// Rows of plain values.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    schema: Schema,
    /// Names of columns of which some cell is not whole.
    cut: BTreeSet<String>,
    /// Names of columns of which Notion did not compute some cell, or computed it over a part.
    not_computed: BTreeSet<String>,
    /// Columns that were asked for stay, also where they are empty or all the same.
    is_chosen: bool,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    is_relation: bool,
    /// The data source that the pages of a relation are rows of.
    related: Option<String>,
    is_link: bool,
}

/// What pages say in the columns of a table.
#[derive(Default)]
struct Read {
    rows: Vec<Vec<Value>>,
    cut: BTreeSet<String>,
    not_computed: BTreeSet<String>,
    /// Of all rows as JSON.
    bytes: usize,
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
                related: property.related().map(str::to_owned),
                is_link: property.kind == Kind::Url,
            })
            .collect();
        Self {
            columns,
            rows: Vec::new(),
            schema: schema.clone(),
            cut: BTreeSet::new(),
            not_computed: BTreeSet::new(),
            is_chosen: !chosen.is_empty(),
        }
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
    pub fn add(&mut self, pages: &[Value], max: usize) -> usize {
        let mut read = Read::default();
        for longest in CELL_LENGTHS {
            read = self.read(pages, longest);
            if read.bytes <= max {
                break;
            }
        }
        self.rows.extend(read.rows);
        self.cut.extend(read.cut);
        self.not_computed.extend(read.not_computed);
        read.bytes
    }

    fn read(&self, pages: &[Value], longest: usize) -> Read {
        let mut read = Read::default();
        for page in pages {
            let id = page.get("id").and_then(Value::as_str).unwrap_or_default();
            let properties = page.get("properties");
            let mut row = Vec::with_capacity(self.columns.len() + 1);
            row.push(cell::id(id).into());
            for column in &self.columns {
                let property = properties.and_then(|properties| properties.get(&column.name));
                let cell = cell::read(property, column.is_relation, longest);
                if !cell.is_whole {
                    read.cut.insert(column.name.clone());
                }
                let is_unknown = |property| {
                    known::is_not_computed(property) || known::is_partial(&column.name, page, &self.schema)
                };
                if cell.is_computed && property.is_some_and(is_unknown) {
                    read.not_computed.insert(column.name.clone());
                }
                row.push(cell.value);
            }
            read.bytes += row.iter().map(|value| json_text::size(value) + 1).sum::<usize>();
            read.rows.push(row);
        }
        read
    }

    /// The pages that relations of its rows name, by the data source that they are rows of, as Notion writes ids.
    #[must_use]
    pub fn related(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut related: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (place, column) in self.columns.iter().enumerate() {
            let Some(data_source_id) = &column.related else { continue };
            let cells = self.rows.iter().filter_map(|row| row.get(place + 1)?.as_array()).flatten();
            let ids = cells.filter_map(|id| id.as_str()?.parse::<NotionId>().ok());
            related.entry(data_source_id.clone()).or_default().extend(ids.map(|id| id.to_string()));
        }
        related.retain(|_, ids| !ids.is_empty());
        related
    }

    /// Takes the beginning that all links of a column share out of its cells; answers with the beginnings by column.
    fn share_beginnings(&mut self) -> Map<String, Value> {
        let mut beginnings = Map::new();
        for (place, column) in self.columns.iter().enumerate().filter(|(_, column)| column.is_link) {
            let mut links: Vec<&mut String> = self
                .rows
                .iter_mut()
                .filter_map(|row| match row.get_mut(place + 1) {
                    Some(Value::String(link)) => Some(link),
                    _ => None,
                })
                .collect();
            let Some(length) = shared_beginning(&links) else { continue };
            for link in &mut links {
                let rest = link.split_off(length);
                beginnings.insert(column.name.clone(), Value::String(std::mem::replace(link, rest)));
            }
        }
        beginnings
    }

    /// Puts `columns` and `rows` into an answer, the id first in each row, then the title.
    ///
    /// Columns that no row fills are left out and named in `empty`, and what all of ten or more rows have is in
    /// `in_all_rows`; both only where the columns were not chosen. Where ten or more links begin alike, `all_begin_with` has
    /// the beginning and the cells have what follows. `cut` names the columns of which some cell is not whole, and
    /// `not_computed` those of which Notion did not compute some cell, or only over a part of a relation.
    pub fn put(mut self, answer: &mut Map<String, Value>) {
        let mut shared = Map::new();
        let mut empty = Vec::new();
        let id = own_name(self.columns.iter().map(|column| column.name.as_str()));
        let beginnings = self.share_beginnings();
        // The first cell is the id, the second the title.
        let mut kept = vec![true, true];
        for (place, column) in self.columns.iter().enumerate().skip(1) {
            let mut cells = self.rows.iter().filter_map(|row| row.get(place + 1));
            let first = cells.next().unwrap_or(&Value::Null);
            let is_same = cells.all(|cell| cell == first);
            let is_empty = is_same && first.is_null();
            let is_shared = is_same && self.rows.len() >= SHARED_FROM;
            // What is not computed is no emptiness that could be told.
            let is_unknown = self.not_computed.contains(&column.name) || self.cut.contains(&column.name);
            if is_empty && !is_unknown && !self.is_chosen && !self.rows.is_empty() {
                empty.push(column.name.clone());
            }
            if is_shared && !is_empty && !self.is_chosen {
                shared.insert(column.name.clone(), first.clone());
            }
            kept.push(self.is_chosen || !(is_empty || is_shared));
        }
        for row in &mut self.rows {
            let mut kept = kept.iter();
            row.retain(|_| kept.next().copied().unwrap_or(true));
        }
        let names =
            std::iter::once(id.as_str()).chain(self.columns.iter().map(|column| column.name.as_str()));
        let names: Vec<&str> = names.zip(&kept).filter(|(_, kept)| **kept).map(|(name, _)| name).collect();
        answer.insert("columns".to_owned(), json!(names));
        if !shared.is_empty() {
            answer.insert("in_all_rows".to_owned(), Value::Object(shared));
        }
        if !beginnings.is_empty() {
            answer.insert("all_begin_with".to_owned(), Value::Object(beginnings));
        }
        answer.insert("rows".to_owned(), json!(self.rows));
        if !empty.is_empty() {
            answer.insert("empty".to_owned(), json!(empty));
        }
        if !self.cut.is_empty() {
            answer.insert("cut".to_owned(), json!(self.cut));
        }
        if !self.not_computed.is_empty() {
            answer.insert("not_computed".to_owned(), json!(self.not_computed));
        }
    }
}

/// What the first column is called: `id`, unless people have a column of that name.
#[must_use]
pub fn own_name<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<&str> = columns.collect();
    let mut name = "id".to_owned();
    if taken.contains(&"id") {
        name = "page_id".to_owned();
    }
    while taken.contains(&name.as_str()) {
        name.insert(0, '_');
    }
    name
}

/// How many bytes all links share, up to and with a slash; none where that saves little or would leave nothing of a link.
fn shared_beginning(links: &[&mut String]) -> Option<usize> {
    let (first, others) = links.split_first()?;
    if links.len() < SHARED_FROM {
        return None;
    }
    let alike = others.iter().fold(first.len(), |length, other| {
        first.bytes().zip(other.bytes()).take(length).take_while(|(one, another)| one == another).count()
    });
    // A slash is one byte in UTF-8, so the cut is never inside a character.
    let length = first.as_bytes().get(..alike)?.iter().rposition(|byte| *byte == b'/')? + 1;
    let leaves_something = links.iter().all(|link| link.len() > length);
    (length >= LONG_BEGINNING && leaves_something).then_some(length)
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
    fn the_id_has_a_name_of_its_own_whatever_columns_are_called() {
        assert_eq!(own_name(["Name", "url"].into_iter()), "id");
        assert_eq!(own_name(["Name", "id"].into_iter()), "page_id");
        assert_eq!(own_name(["page_id", "id", "_page_id"].into_iter()), "__page_id");
    }

    #[test]
    fn what_notion_did_not_compute_is_named_and_not_called_empty() {
        let schema = Schema::of_data_source(&json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Score": { "id": "s", "type": "formula", "formula": {} },
        } }))
        .expect("a schema");
        let mut table = Table::new(&schema, &[]);
        let page = json!({ "id": "1", "properties": {
            "Name": { "type": "title", "title": [{ "plain_text": "A" }] },
            "Score": { "type": "formula", "formula": { "type": "unsupported" } },
        } });
        table.add(&[page], 1_000);
        let mut answer = Map::new();
        table.put(&mut answer);
        assert_eq!(
            Value::Object(answer),
            json!({ "columns": ["id", "Name"], "rows": [["1", "A"]], "not_computed": ["Score"] })
        );
    }

    #[test]
    fn columns_that_say_nothing_are_left_out_unless_they_were_chosen() {
        assert_eq!(
            answer(1, &[]),
            json!({ "columns": ["id", "Name", "Points"], "rows": [["0", "Row 0", 3]], "empty": ["Empty"] })
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
        assert_eq!(answer.get("cut"), Some(&json!(["Name"])));
    }

    fn with_links(links: &[&str]) -> Value {
        let mut linked = pages(links.len());
        for (page, link) in linked.iter_mut().zip(links) {
            page["properties"]["Empty"]["url"] = json!(link);
        }
        let mut table = Table::new(&schema(), &[]);
        table.add(&linked, 10_000);
        let mut answer = Map::new();
        table.put(&mut answer);
        Value::Object(answer)
    }

    #[test]
    fn the_beginning_that_links_share_is_said_once() {
        let links: Vec<String> =
            (0..12).map(|number| format!("https://example.com/caf\u{e9}/{number}/x")).collect();
        let mut links: Vec<&str> = links.iter().map(String::as_str).collect();
        let answer = with_links(&links);
        assert_eq!(answer["all_begin_with"], json!({ "Empty": "https://example.com/caf\u{e9}/" }));
        assert_eq!(answer["rows"][3][2], "3/x");

        assert!(with_links(&links[..9]).get("all_begin_with").is_none(), "few rows");
        links[0] = "https://example.com/caf\u{e9}/";
        assert_eq!(with_links(&links)["all_begin_with"], json!(null), "nothing would be left of one");
        links[0] = "mailto:ada@example.com";
        assert_eq!(with_links(&links)["all_begin_with"], json!(null), "nothing is shared");
    }
}
