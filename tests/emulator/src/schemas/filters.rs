//! The body of a data source query. Two levels of compound filters, as the API has them; the order
//! of the branches is the order in which its refusals list them (recorded).

use std::sync::LazyLock;

use crate::check::shape::{
    Shape, any_of, array_up_to, nothing, object, open_object, optional, required, text,
};

static TEXT: LazyLock<Shape> = LazyLock::new(|| {
    conditions(
        &["equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with"],
        text,
        true,
    )
});
static NUMBER: LazyLock<Shape> = LazyLock::new(|| {
    conditions(
        &[
            "equals",
            "does_not_equal",
            "greater_than",
            "less_than",
            "greater_than_or_equal_to",
            "less_than_or_equal_to",
        ],
        || Shape::Number,
        true,
    )
});
static CHECKBOX: LazyLock<Shape> =
    LazyLock::new(|| conditions(&["equals", "does_not_equal"], || Shape::Boolean, false));
static CHOICE: LazyLock<Shape> = LazyLock::new(|| conditions(&["equals", "does_not_equal"], words, true));
static CHOICES: LazyLock<Shape> =
    LazyLock::new(|| conditions(&["contains", "does_not_contain"], words, true));
static DATE: LazyLock<Shape> = LazyLock::new(|| {
    let Shape::AnyOf(mut branches) =
        conditions(&["equals", "before", "after", "on_or_before", "on_or_after"], text, true)
    else {
        return Shape::Anything;
    };
    for key in ["this_week", "past_week", "past_month", "past_year", "next_week", "next_month", "next_year"] {
        branches.push(object(vec![required(key, nothing())]));
    }
    any_of(branches)
});
static PEOPLE: LazyLock<Shape> = LazyLock::new(|| {
    conditions(&["contains", "does_not_contain"], || any_of(vec![Shape::Uuid, Shape::OneOf(&["me"])]), true)
});
static RELATION: LazyLock<Shape> =
    LazyLock::new(|| conditions(&["contains", "does_not_contain"], || Shape::Uuid, true));
static EXISTENCE: LazyLock<Shape> = LazyLock::new(|| conditions(&[], text, true));
static FORMULA: LazyLock<Shape> = LazyLock::new(|| {
    any_of(vec![
        object(vec![required("string", Shape::Shared(&TEXT))]),
        object(vec![required("checkbox", Shape::Shared(&CHECKBOX))]),
        object(vec![required("number", Shape::Shared(&NUMBER))]),
        object(vec![required("date", Shape::Shared(&DATE))]),
    ])
});
static ROLLUP: LazyLock<Shape> = LazyLock::new(|| {
    let inner = || {
        any_of(vec![
            object(vec![required("rich_text", Shape::Shared(&TEXT))]),
            object(vec![required("number", Shape::Shared(&NUMBER))]),
            object(vec![required("checkbox", Shape::Shared(&CHECKBOX))]),
            object(vec![required("select", Shape::Shared(&CHOICE))]),
            object(vec![required("multi_select", Shape::Shared(&CHOICES))]),
            object(vec![required("relation", Shape::Shared(&RELATION))]),
            object(vec![required("date", Shape::Shared(&DATE))]),
            object(vec![required("people", Shape::Shared(&PEOPLE))]),
            object(vec![required("files", Shape::Shared(&EXISTENCE))]),
            object(vec![required("status", Shape::Shared(&CHOICE))]),
        ])
    };
    any_of(vec![
        object(vec![required("any", inner())]),
        object(vec![required("none", inner())]),
        object(vec![required("every", inner())]),
        object(vec![required("date", Shape::Shared(&DATE))]),
        object(vec![required("number", Shape::Shared(&NUMBER))]),
    ])
});
static VERIFICATION: LazyLock<Shape> = LazyLock::new(|| {
    conditions(&["status", "does_not_equal"], || Shape::OneOf(&["verified", "expired", "none"]), false)
});
static INNERMOST: LazyLock<Shape> = LazyLock::new(|| any_of(leaves()));
static INNER: LazyLock<Shape> = LazyLock::new(|| {
    let mut branches = leaves();
    branches.extend(compounds(&INNERMOST));
    any_of(branches)
});
static FILTER: LazyLock<Shape> = LazyLock::new(|| {
    let mut branches = compounds(&INNER);
    branches.extend(leaves());
    any_of(branches)
});
static QUICK: LazyLock<Shape> = LazyLock::new(|| {
    any_of(KINDS.iter().map(|(kind, shape)| object(vec![required(kind, Shape::Shared(shape))])).collect())
});
static PROPERTY_SORTS: LazyLock<Shape> = LazyLock::new(|| {
    let direction = Shape::OneOf(&["ascending", "descending"]);
    array_up_to(100, object(vec![required("property", text()), required("direction", direction)]))
});
static SORTS: LazyLock<Shape> = LazyLock::new(|| {
    let direction = || required("direction", Shape::OneOf(&["ascending", "descending"]));
    array_up_to(
        100,
        any_of(vec![
            object(vec![required("property", text()), direction()]),
            object(vec![
                required("timestamp", Shape::OneOf(&["created_time", "last_edited_time"])),
                direction(),
            ]),
        ]),
    )
});

/// The filter of a query.
pub(crate) fn filter() -> Shape {
    Shape::Shared(&FILTER)
}

/// The sorts of a query.
pub(crate) fn sorts() -> Shape {
    Shape::Shared(&SORTS)
}

/// The sorts that a view can be given later: by properties alone.
pub(crate) fn property_sorts() -> Shape {
    Shape::Shared(&PROPERTY_SORTS)
}

/// A condition without its property, which is the key that it stands under.
pub(crate) fn quick() -> Shape {
    Shape::Shared(&QUICK)
}

/// The body of a query.
pub(crate) fn query() -> Shape {
    object(vec![
        optional("sorts", sorts()),
        optional("filter", filter()),
        optional("start_cursor", text()),
        optional("page_size", Shape::Integer { min: 1, max: 100 }),
        optional("in_trash", Shape::Boolean),
        optional("result_type", Shape::OneOf(&["page", "data_source"])),
    ])
}

fn words() -> Shape {
    any_of(vec![text(), array_up_to(100, text())])
}

fn conditions(operators: &[&'static str], operand: impl Fn() -> Shape, existence: bool) -> Shape {
    let mut branches: Vec<Shape> =
        operators.iter().map(|operator| object(vec![required(operator, operand())])).collect();
    if existence {
        branches.push(object(vec![required("is_empty", Shape::Exactly(true))]));
        branches.push(object(vec![required("is_not_empty", Shape::Exactly(true))]));
    }
    any_of(branches)
}

/// The types that can be filtered, with their conditions.
static KINDS: [(&str, &LazyLock<Shape>); 22] = [
    ("title", &TEXT),
    ("rich_text", &TEXT),
    ("number", &NUMBER),
    ("checkbox", &CHECKBOX),
    ("select", &CHOICE),
    ("multi_select", &CHOICES),
    ("status", &CHOICE),
    ("date", &DATE),
    ("people", &PEOPLE),
    ("files", &EXISTENCE),
    ("url", &TEXT),
    ("email", &TEXT),
    ("phone_number", &TEXT),
    ("relation", &RELATION),
    ("created_by", &PEOPLE),
    ("created_time", &DATE),
    ("last_edited_by", &PEOPLE),
    ("last_edited_time", &DATE),
    ("formula", &FORMULA),
    ("unique_id", &NUMBER),
    ("rollup", &ROLLUP),
    ("verification", &VERIFICATION),
];

fn leaves() -> Vec<Shape> {
    let mut branches: Vec<Shape> = KINDS
        .iter()
        .map(|(kind, shape)| {
            object(vec![
                required(kind, Shape::Shared(shape)),
                required("property", text()),
                optional("type", text()),
            ])
        })
        .collect();
    for timestamp in ["created_time", "last_edited_time"] {
        branches.push(object(vec![
            required(timestamp, Shape::Shared(&DATE)),
            required("timestamp", text()),
            optional("type", text()),
        ]));
    }
    branches
}

fn compounds(element: &'static LazyLock<Shape>) -> Vec<Shape> {
    ["or", "and"].map(|key| open_object(vec![required(key, array_up_to(100, Shape::Shared(element)))])).into()
}
