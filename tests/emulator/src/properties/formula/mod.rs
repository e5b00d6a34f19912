//! Formulas: a part of Notion's language, evaluated as Notion does. What is written right but can't be evaluated here is
//! taken, as Notion takes it, and answered as unsupported: a wrong value would be worse than none. What is no formula, or
//! names a column or a function that there isn't, is refused when the schema is made.
//!
//! Literals, lists, `prop("Name")`, `+ - * / % ^`, comparisons, `and or not`, `a ? b : c`, and the functions of
//! [`check`], each also behind a dot: `prop("Name").length()`. A property counts when it holds a number, a text, an
//! option, options, a truth or a date, or is a formula of such. A formula is kept, and read back, with its columns by
//! their ids: `{{notion:block_property:…}}` (recorded).

mod calendar;
mod check;
mod evaluate;
mod kind;
mod parse;

use serde_json::{Value, json};

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::unsupported::unsupported;

pub(crate) use kind::Type;

/// The mark of a formula that was not checked yet.
pub(crate) const FRESH: &str = "fresh";

/// Why an expression can't be evaluated here, in words; `None` when it can.
pub(crate) fn problem(data_source: &DataSource, own_id: &str, expression: &str) -> Option<String> {
    let parsed = match parse::expression(expression) {
        Ok(parsed) => parsed,
        Err(problem) => return Some(problem),
    };
    check::type_of(data_source, &parsed, &[own_id]).err()
}

/// The type of a formula's result, when the formula can be evaluated as the schema is now.
pub(crate) fn type_of(data_source: &DataSource, property: &Property) -> Option<Type> {
    let parsed = parse::expression(property.config.text("expression").unwrap_or_default()).ok()?;
    check::type_of(data_source, &parsed, &[&property.id]).ok().filter(|found| *found != Type::Unknown)
}

/// What stands under `formula`.
pub(crate) fn value(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
    let broken = unsupported;
    if workspace.leaves_uncomputed(property) {
        return broken();
    }
    // The schema may have changed since the formula was checked.
    let text = property.config.text("expression").unwrap_or_default();
    let Ok(parsed) = parse::expression(text) else { return broken() };
    match check::type_of(data_source, &parsed, &[&property.id]) {
        Err(_) | Ok(Type::Unknown) => return broken(),
        Ok(_) => {}
    }
    evaluate::Row { workspace, data_source, page, now: workspace.clock.now() }
        .evaluate(&parsed)
        .map_or_else(broken, evaluate::Outcome::into_json)
}

/// What stands before and behind the id of a column in an expression that is kept.
const REFERENCE: (&str, &str) = ("{{notion:block_property:", "}}");
const NO_SPACE: &str = "00000000-0000-0000-0000-000000000000";

/// An expression with its columns by their ids instead of their names.
pub(crate) fn settled(data_source: &DataSource, expression: &str) -> String {
    let mut settled = String::with_capacity(expression.len());
    let mut at = 0;
    for (place, name) in parse::named_properties(expression) {
        let Some(property) = data_source.property(&name) else { continue };
        let id = crate::check::query_string::decode_segment(&property.id);
        settled.push_str(expression.get(at..place.start).unwrap_or_default());
        settled.push_str(&format!("{}{id}:{NO_SPACE}{}", REFERENCE.0, REFERENCE.1));
        at = place.end;
    }
    settled.push_str(expression.get(at..).unwrap_or_default());
    settled
}

/// The config of a formula as it is answered: a column's id is followed by the workspace's.
pub(crate) fn read_back(workspace: &Workspace, config: &Value) -> Value {
    let expression = config.text("expression").unwrap_or_default();
    let whole = format!(":{NO_SPACE}:{}{}", workspace.id, REFERENCE.1);
    json!({"expression": expression.replace(&format!(":{NO_SPACE}{}", REFERENCE.1), &whole)})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Stamps, parent::Parent};

    fn of(expression: &str) -> Result<Value, String> {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let stamps = Stamps::new(now, "bot");
        let property = |id: &str, name: &str, kind: &str| Property {
            id: id.to_owned(),
            name: name.to_owned(),
            description: Value::Null,
            kind: kind.to_owned(),
            config: json!({"expression": expression, "options": [{"id": "o", "name": "High", "color": "red"}]}),
        };
        let data_source = DataSource {
            id: "d".to_owned(),
            sequence: 0,
            stamps: stamps.clone(),
            parent: Parent::Workspace,
            title: Value::Null,
            icon: Value::Null,
            in_trash: false,
            properties: vec![
                property("title", "Name", "title"),
                property("n", "Points", "number"),
                property("e", "Empty", "number"),
                property("s", "Priority", "select"),
                property("c", "Done", "checkbox"),
                property("d", "Due", "date"),
                property("p", "Who", "people"),
                property("f", "Itself", "formula"),
            ],
            last_number: 0,
        };
        let mut page = Page::empty("p", 0, stamps, Parent::DataSource("d".to_owned()));
        page.values = [
            ("title", crate::rich_text::of("Gears")),
            ("n", json!(3)),
            ("s", json!("o")),
            ("c", json!(true)),
            ("d", json!({"start": "2026-01-31", "end": null, "time_zone": null})),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        if let Some(problem) = problem(&data_source, "f", expression) {
            return Err(problem);
        }
        let formula = data_source.property("Itself").unwrap();
        let value = value(&Workspace::new(1), &data_source, &page, formula);
        Ok(value[value["type"].as_str().unwrap()].clone())
    }

    #[test]
    fn what_is_understood_is_evaluated() {
        for (expression, wanted) in [
            ("1 + 2 * 3 ^ 2 - -1", json!(20)),
            ("(1 + 2) * 3 % 5", json!(4)),
            (r#"prop("Points") / 2"#, json!(1.5)),
            (r#"prop("Empty") + 1"#, json!(1)),
            (r#"prop("Empty")"#, Value::Null),
            ("1 / 0", Value::Null),
            (r#"concat(prop("Name"), ": ", prop("Priority"))"#, json!("Gears: High")),
            (r#""a\"b" + 'c'"#, json!("a\"bc")),
            (r#"length(prop("Name")) >= 5 and prop("Done")"#, json!(true)),
            (r#"if(empty(prop("Empty")), "none", format(prop("Empty")))"#, json!("none")),
            (r#"prop("Points") > 2 ? upper("yes") : "no""#, json!("YES")),
            (r#"not contains(prop("Name"), "ear")"#, json!(false)),
            ("now() >= dateAdd(now(), -1, \"days\")", json!(true)),
            (r#"dateBetween(prop("Due"), prop("Due"), "days")"#, json!(0)),
            (r#"dateBetween(dateAdd(prop("Due"), 1, "months"), prop("Due"), "days")"#, json!(28)),
            (r#"prop("Name").length()"#, json!(5)),
            (r#"prop("Name").includes("ear")"#, json!(true)),
            (r#"prop("Name").contains("x") or prop("Name").lower().contains("g")"#, json!(true)),
            (r#"replace(prop("Name"), "G", "B") + replaceAll("aXbX", "X", "-")"#, json!("Bearsa-b-")),
            (r#"year(prop("Due")) * 100 + month(prop("Due"))"#, json!(202_601)),
            ("floor(pi() * 100) + floor(pi * 100)", json!(628)),
            ("1 + \"a\"", json!("1a")),
            (r#"["a", "b"].includes("b")"#, json!(true)),
            (r#"{{notion:block_property:n:00000000-0000-0000-0000-000000000000}} + 1"#, json!(4)),
            (r#"prop("Who").length()"#, json!({})),
            ("let(x, 1, x + 1)", json!({})),
            ("ifs(true, 1, 2)", json!({})),
            (r#"test("a", "[a-z]")"#, json!({})),
            ("round(2.5) + floor(1.9) + ceil(1.1) + abs(-1) + min(4, 2) + max(1, 3)", json!(12)),
            (r#"toNumber("12") == 12"#, json!(true)),
            (
                r#"dateAdd(prop("Due"), 1, "days")"#,
                json!({"start": "2026-02-01", "end": null, "time_zone": null}),
            ),
        ] {
            assert_eq!(of(expression), Ok(wanted), "{expression}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let deep = "(".repeat(200);
        for expression in [
            "",
            "1 +",
            "prop(\"Nope\")",
            "prop(\"Itself\")",
            "if(1, 2, 3)",
            "\"a\" < 1",
            "nothing(1)",
            "word",
            "\"open",
            "1 2",
            "dateAdd(prop(\"Due\"), 1, \"moons\")",
            "not 1",
            &deep,
        ] {
            assert!(of(expression).is_err(), "{expression}");
        }
    }
}
