//! Formulas: a small part of Notion's language, evaluated as Notion does, and everything else refused when the schema
//! is made. A wrong value would be worse than none.
//!
//! Literals, `prop("Name")`, `+ - * / % ^`, comparisons, `and or not`, `a ? b : c`, and the functions of [`check`].
//! A property counts when it holds a number, a text, an option, a truth or a date, or is a formula of such.

mod check;
mod evaluate;
mod parse;

use serde_json::{Value, json};

use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;

/// The type of a formula's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Type {
    Number,
    Text,
    Boolean,
    Date,
}

/// How deep formulas may use formulas.
const DEPTH: usize = 10;

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
    check::type_of(data_source, &parsed, &[&property.id]).ok()
}

/// What stands under `formula`.
pub(crate) fn value(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
    // The schema may have changed since the formula was checked.
    let broken = || json!({"type": "unsupported", "unsupported": {}});
    let text = property.config.text("expression").unwrap_or_default();
    let Ok(parsed) = parse::expression(text) else { return broken() };
    if check::type_of(data_source, &parsed, &[&property.id]).is_err() {
        return broken();
    }
    evaluate::Row { workspace, data_source, page }
        .evaluate(&parsed)
        .map_or_else(broken, evaluate::Outcome::into_json)
}

/// An expression after a property was renamed.
pub(crate) fn renamed(expression: &str, old: &str, new: &str) -> String {
    let named = |name: &str| format!("prop({})", json!(name));
    expression.replace(&named(old), &named(new))
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
            description: Value::Null,
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
            "prop(\"Who\")",
            "prop(\"Itself\")",
            "now()",
            "1 + \"a\"",
            "if(1, 2, 3)",
            "\"a\" < 1",
            "let(x, 1, x)",
            "\"open",
            "1 2",
            "dateAdd(prop(\"Due\"), 1, \"moons\")",
            "not 1",
            &deep,
        ] {
            assert!(of(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn a_renamed_property_is_renamed_in_the_expression() {
        assert_eq!(renamed(r#"prop("A") + prop("AB")"#, "A", "C\""), r#"prop("C\"") + prop("AB")"#);
    }
}
