//! Rows read as structs, and the words for those that can't be.

use toolbay_sdk::jiff::{Timestamp, civil};
use toolbay_sdk::mock::MockHost;
use toolbay_sdk::notion::properties::Date as Range;
use toolbay_sdk::notion::typed::{Column, Reader};
use toolbay_sdk::notion::{DataSource, Options, Row, TypedRow};
use toolbay_sdk::serde_json::{Map, Value, json};
use toolbay_sdk::{Code, Problem};

const ID: &str = "22222222-2222-2222-2222-222222222222";

#[derive(Debug, PartialEq, Options)]
enum Stage {
    InProgress,
    #[row(name = "Done!")]
    Done,
}

#[derive(Debug, PartialEq, Row)]
struct Task {
    #[row(id)]
    id: String,
    #[row(url)]
    link: String,
    title: String,
    points: Option<f64>,
    #[row(name = "No.")]
    number: i64,
    stage: Stage,
    #[row(name = "Past stages")]
    past: Vec<Stage>,
    due_date: Option<civil::Date>,
    edited: Timestamp,
    time: Range,
    owners: Vec<String>,
    done: bool,
    total: i64,
}

#[derive(Debug, PartialEq, Row)]
struct Owned {
    #[row(cut)]
    cut: Vec<String>,
    owners: Vec<String>,
}

fn schema() -> Value {
    let kinds = [
        ("Task", "title"),
        ("Points", "number"),
        ("No.", "unique_id"),
        ("Stage", "status"),
        ("Past stages", "multi_select"),
        ("Due date", "date"),
        ("Edited", "last_edited_time"),
        ("Time", "date"),
        ("Owners", "people"),
        ("Done", "checkbox"),
        ("Total", "formula"),
    ];
    let property = |(name, kind): (&str, &str)| {
        let id = if kind == "title" { "title" } else { name };
        (name.to_owned(), json!({ "id": id, "type": kind, kind: {} }))
    };
    let properties: Map<String, Value> = kinds.into_iter().map(property).collect();
    json!({ "id": ID, "title": [{ "plain_text": "Tasks" }], "properties": properties })
}

fn row(changes: &[(&str, &str, Value)]) -> Value {
    let mut row = json!({ "object": "page", "id": "p1", "url": "https://n/p1", "properties": {
        "Task": { "type": "title", "title": [{ "plain_text": "Plan" }] },
        "Points": { "type": "number", "number": 2.5 },
        "No.": { "type": "unique_id", "unique_id": { "prefix": "T", "number": 12 } },
        "Stage": { "type": "status", "status": { "name": "In progress" } },
        "Past stages": { "type": "multi_select", "multi_select": [{ "name": "Done!" }] },
        "Due date": { "type": "date", "date": { "start": "2026-01-10T23:30:00.000+01:00", "end": null } },
        "Edited": { "type": "last_edited_time", "last_edited_time": "2026-01-10T09:30:00.000Z" },
        "Time": { "type": "date", "date": { "start": "2026-01-10", "end": "2026-01-12" } },
        "Owners": { "type": "people", "people": [{ "id": "u", "name": "Ada" }] },
        "Done": { "type": "checkbox", "checkbox": true },
        "Total": { "type": "formula", "formula": { "type": "number", "number": 3.0 } },
    } });
    for (column, kind, value) in changes {
        row["properties"][column] = json!({ "type": kind, *kind: value });
    }
    row
}

fn typed<T: TypedRow>(schema: Value, rows: &[Value]) -> Result<Vec<Result<T, Problem>>, Problem> {
    let host = MockHost::new()
        .on("GET /v1/data_sources/{data_source_id}", schema)
        .on("POST /v1/data_sources/{data_source_id}/query", json!({ "results": rows, "next_cursor": null }));
    let call = host.call();
    let mut source = DataSource::find(&call, ID)?;
    let rows = source.rows(&call).typed::<T>();
    assert!(host.sent().iter().all(|line| line.starts_with("GET")), "nothing is read before it is taken");
    Ok(rows?.collect())
}

/// Why a row with this value can't be read.
fn refused(column: &str, kind: &str, value: Value) -> Option<Problem> {
    typed::<Task>(schema(), &[row(&[(column, kind, value)])]).ok()?.remove(0).err()
}

#[test]
fn each_type_is_read_from_its_columns() {
    let task = typed::<Task>(schema(), &[row(&[])]).unwrap().remove(0).unwrap();
    let expected = Task {
        id: "p1".to_owned(),
        link: "https://n/p1".to_owned(),
        title: "Plan".to_owned(),
        points: Some(2.5),
        number: 12,
        stage: Stage::InProgress,
        past: vec![Stage::Done],
        due_date: Some(civil::date(2026, 1, 10)),
        edited: "2026-01-10T09:30:00Z".parse().unwrap(),
        time: "2026-01-10/2026-01-12".parse().unwrap(),
        owners: vec!["Ada".to_owned()],
        done: true,
        total: 3,
    };
    assert_eq!(task, expected);
    assert_eq!((Stage::NAMES, Stage::Done.name()), (&["In progress", "Done!"][..], "Done!"));
}

#[test]
fn only_what_may_be_empty_is() {
    let empty = row(&[
        ("Task", "title", json!([])),
        ("Points", "number", Value::Null),
        ("Past stages", "multi_select", json!([])),
        ("Due date", "date", Value::Null),
    ]);
    let task = typed::<Task>(schema(), &[empty]).unwrap().remove(0).unwrap();
    assert_eq!((task.title.as_str(), task.points, task.past, task.due_date), ("", None, vec![], None));
    let problem = refused("Stage", "status", Value::Null).unwrap();
    assert_eq!(problem.code, Code::Conflict);
    assert_eq!(problem.message, "`Stage` of the row `Plan` (p1) is empty.");
}

#[test]
fn a_value_that_does_not_fit_is_named_with_its_column_and_row() {
    for (column, kind, value, words) in [
        (
            "Total",
            "formula",
            json!({ "type": "number", "number": 3.5 }),
            "is 3.5, and a whole number is wanted",
        ),
        (
            "Total",
            "formula",
            json!({ "type": "string", "string": "a" }),
            "is \"a\", and a whole number is wanted",
        ),
        ("Due date", "date", json!({ "start": "2026-01-10", "end": "2026-01-12" }), "and a day is wanted"),
        ("Total", "formula", json!({ "type": "incomplete" }), "was not computed by Notion"),
        ("Owners", "people", json!(vec![json!({ "id": "u" }); 25]), "is shown in part"),
    ] {
        let problem = refused(column, kind, value).unwrap();
        assert_eq!(problem.code, Code::Conflict);
        let start = format!("`{column}` of the row `Plan` (p1) ");
        assert!(problem.message.starts_with(&start) && problem.message.contains(words), "{problem}");
    }
    let problem = refused("Stage", "status", json!({ "name": "In progres" })).unwrap();
    assert!(problem.message.contains("is the option `In progres`, which the plugin's `Stage` doesn't know"));
    assert_eq!(problem.hint.as_deref(), Some("Valid, nearest first: `In progress`, `Done!`."));
}

#[test]
fn a_row_that_can_not_be_read_does_not_end_the_others() {
    let rows = [row(&[("Stage", "status", Value::Null)]), row(&[])];
    let read: Vec<bool> =
        typed::<Task>(schema(), &rows).unwrap().into_iter().map(|row| row.is_ok()).collect();
    assert_eq!(read, [false, true]);
}

#[test]
fn what_is_shown_in_part_is_taken_by_a_row_that_says_so() {
    let cut = row(&[("Owners", "people", json!(vec![json!({ "id": "u" }); 25]))]);
    let read: Vec<Owned> = typed(schema(), &[cut, row(&[])]).unwrap().into_iter().flatten().collect();
    assert_eq!((read[0].cut.as_slice(), read[0].owners.len()), (&["Owners".to_owned()][..], 25));
    assert_eq!(read[1], Owned { cut: vec![], owners: vec!["Ada".to_owned()] });
}

#[test]
fn columns_are_checked_before_a_row_is_read() {
    let mut changed = schema();
    let properties = changed["properties"].as_object_mut().unwrap();
    let points = properties.remove("Points").unwrap();
    properties.insert("Point".to_owned(), points);
    properties.insert("Done".to_owned(), json!({ "id": "d", "type": "number", "number": {} }));
    let problem = typed::<Task>(changed, &[]).unwrap_err();
    assert_eq!(problem.code, Code::InvalidInput);
    assert_eq!(
        problem.message.split(" (valid").next(),
        Some("The database `Tasks` has no rows of the kind `Task`: there is no column `points`")
    );
    assert!(problem.message.contains("nearest first: `Point`,"), "{problem}");
    assert!(problem.message.contains("`Done` is of type number, and true or false is wanted"), "{problem}");
}

#[test]
fn notion_is_asked_for_the_columns_of_the_struct_alone() {
    let host = MockHost::new()
        .on("GET /v1/data_sources/{data_source_id}", schema())
        .on("POST /v1/data_sources/{data_source_id}/query", json!({ "results": [], "next_cursor": null }));
    let call = host.call();
    assert_eq!(DataSource::find(&call, ID).unwrap().rows(&call).typed::<Owned>().unwrap().count(), 0);
    let query = host.requests().pop().unwrap().query;
    assert_eq!(query, [("filter_properties".to_owned(), "Owners".to_owned())]);
}

/// A struct without columns, written by hand.
struct Ids(String);

impl TypedRow for Ids {
    const NAME: &'static str = "Ids";
    const COLUMNS: &'static [Column] = &[];
    const TAKES_CUT: bool = true;

    fn read(row: &Reader<'_>) -> Result<Self, Problem> {
        Ok(Self(row.id()))
    }
}

#[test]
fn a_row_may_have_no_columns() {
    let ids = typed::<Ids>(schema(), &[row(&[])]).unwrap();
    assert_eq!(ids[0].as_ref().map(|ids| ids.0.as_str()), Ok("p1"));
}
