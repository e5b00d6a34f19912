//! The schema of a data source in requests: creating properties, and changing them.

use std::sync::LazyLock;

use crate::check::shape::{
    Shape, any_of, array_up_to, filled_text_up_to, map_of, nothing, nullable, object, optional, required,
    text,
};
use crate::schemas::rich_text::OPTION_COLORS;

static CREATE: LazyLock<Shape> = LazyLock::new(|| map_of(any_of(kinds(false))));
static UPDATE: LazyLock<Shape> = LazyLock::new(|| {
    let mut branches = kinds(true);
    branches.push(object(vec![
        required("name", filled_text_up_to(1000)),
        optional("description", nullable(text())),
        optional("id", text()),
    ]));
    branches.push(object(vec![required("description", nullable(text())), optional("id", text())]));
    branches.push(Shape::Null);
    map_of(any_of(branches))
});

/// Documented formats of a number.
const NUMBER_FORMATS: &[&str] = &[
    "number",
    "number_with_commas",
    "percent",
    "dollar",
    "australian_dollar",
    "canadian_dollar",
    "singapore_dollar",
    "euro",
    "pound",
    "yen",
    "ruble",
    "rupee",
    "won",
    "yuan",
    "real",
    "lira",
    "rupiah",
    "franc",
    "hong_kong_dollar",
    "new_zealand_dollar",
    "krona",
    "norwegian_krone",
    "mexican_peso",
    "rand",
    "new_taiwan_dollar",
    "danish_krone",
    "zloty",
    "baht",
    "forint",
    "koruna",
    "shekel",
    "chilean_peso",
    "philippine_peso",
    "dirham",
    "colombian_peso",
    "riyal",
    "ringgit",
    "leu",
    "argentine_peso",
    "uruguayan_peso",
    "peruvian_sol",
];

/// The functions of a rollup.
pub(crate) const ROLLUP_FUNCTIONS: &[&str] = &[
    "count",
    "count_values",
    "empty",
    "not_empty",
    "unique",
    "show_unique",
    "percent_empty",
    "percent_not_empty",
    "sum",
    "average",
    "median",
    "min",
    "max",
    "range",
    "earliest_date",
    "latest_date",
    "date_range",
    "checked",
    "unchecked",
    "percent_checked",
    "percent_unchecked",
    "count_per_group",
    "percent_per_group",
    "show_original",
];

/// The types of property that can be created.
pub(crate) const KINDS: &[&str] = &[
    "number",
    "formula",
    "select",
    "multi_select",
    "status",
    "relation",
    "rollup",
    "unique_id",
    "title",
    "rich_text",
    "url",
    "people",
    "files",
    "email",
    "phone_number",
    "date",
    "checkbox",
    "created_by",
    "created_time",
    "last_edited_by",
    "last_edited_time",
    "button",
    "verification",
    "place",
];

pub(crate) fn create_properties() -> Shape {
    Shape::Shared(&CREATE)
}

pub(crate) fn update_properties() -> Shape {
    Shape::Shared(&UPDATE)
}

/// Options that exist may be named by their ids; a new schema has none that exist.
fn options(existing: bool) -> Shape {
    let rest =
        || vec![optional("color", Shape::OneOf(OPTION_COLORS)), optional("description", nullable(text()))];
    let mut by_name = vec![required("name", filled_text_up_to(100))];
    by_name.extend(rest());
    if !existing {
        return object(vec![optional("options", array_up_to(100, object(by_name)))]);
    }
    by_name.push(optional("id", text()));
    let mut by_id = vec![required("id", text()), optional("name", filled_text_up_to(100))];
    by_id.extend(rest());
    // Documented: a schema holds 100 options in one request.
    object(vec![optional("options", array_up_to(100, any_of(vec![object(by_name), object(by_id)])))])
}

fn status(existing: bool) -> Shape {
    // Groups are taken and ignored (public reports), so their shape is not looked at.
    let Shape::Object { mut fields, open } = options(existing) else { return nothing() };
    fields.push(optional("groups", Shape::Anything));
    Shape::Object { fields, open }
}

fn relation() -> Shape {
    any_of(vec![
        object(vec![
            required("data_source_id", Shape::Uuid),
            optional("database_id", Shape::Uuid),
            required("single_property", nothing()),
            optional("type", Shape::OneOf(&["single_property"])),
        ]),
        object(vec![
            required("data_source_id", Shape::Uuid),
            optional("database_id", Shape::Uuid),
            required(
                "dual_property",
                object(vec![
                    optional("synced_property_id", text()),
                    optional("synced_property_name", text()),
                ]),
            ),
            optional("type", Shape::OneOf(&["dual_property"])),
        ]),
    ])
}

fn rollup() -> Shape {
    let by = |relation: &'static str, target: &'static str| {
        let mut fields = vec![
            required("function", Shape::OneOf(ROLLUP_FUNCTIONS)),
            required(relation, text()),
            required(target, text()),
        ];
        for other in
            ["relation_property_name", "relation_property_id", "rollup_property_name", "rollup_property_id"]
        {
            if other != relation && other != target {
                fields.push(optional(other, text()));
            }
        }
        object(fields)
    };
    any_of(vec![
        by("relation_property_name", "rollup_property_name"),
        by("relation_property_id", "rollup_property_name"),
        by("relation_property_name", "rollup_property_id"),
        by("relation_property_id", "rollup_property_id"),
    ])
}

fn config(kind: &str, existing: bool) -> Shape {
    match kind {
        "number" => object(vec![optional("format", Shape::OneOf(NUMBER_FORMATS))]),
        "formula" => object(vec![optional("expression", text())]),
        "select" | "multi_select" => options(existing),
        "status" => status(existing),
        "relation" => relation(),
        "rollup" => rollup(),
        "unique_id" => object(vec![optional("prefix", nullable(text()))]),
        _ => nothing(),
    }
}

/// The types that only a new schema takes (published types).
const CREATED_ONLY: &[&str] = &["button", "verification"];

fn kinds(existing: bool) -> Vec<Shape> {
    KINDS
        .iter()
        .enumerate()
        .filter(|(_, kind)| !existing || !CREATED_ONLY.contains(kind))
        .map(|(position, kind)| {
            let kind_alone = KINDS.get(position..=position).unwrap_or_default();
            // A schema that was read may be sent back, with the id and name of each column (recorded).
            object(vec![
                required(kind, config(kind, existing)),
                optional("type", Shape::OneOf(kind_alone)),
                optional("description", nullable(text())),
                optional("name", filled_text_up_to(1000)),
                optional("id", text()),
            ])
        })
        .collect()
}
