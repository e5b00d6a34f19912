//! Views in requests: what a view shows of a data source, and how.

use crate::check::shape::{
    Field, Shape, any_of, array_up_to, map_of, nullable, object, optional, required, text,
};
use crate::schemas::filters;

/// The types of view.
const KINDS: &[&str] =
    &["table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard"];
const SIZES: &[&str] = &["small", "medium", "large"];
const HEIGHTS: &[&str] = &["small", "medium", "large", "extra_large"];

pub(crate) fn create() -> Shape {
    object(vec![
        required("data_source_id", Shape::Uuid),
        required("name", text()),
        required("type", Shape::OneOf(KINDS)),
        optional("database_id", Shape::Uuid),
        optional("view_id", Shape::Uuid),
        optional("filter", filters::filter()),
        optional("sorts", filters::sorts()),
        optional("quick_filters", map_of(filters::quick())),
        optional("create_database", create_database()),
        optional("configuration", configuration()),
        optional("position", position()),
        optional("placement", placement()),
    ])
}

pub(crate) fn update() -> Shape {
    object(vec![
        optional("name", text()),
        optional("filter", nullable(filters::filter())),
        optional("sorts", nullable(filters::property_sorts())),
        optional("quick_filters", nullable(map_of(nullable(filters::quick())))),
        optional("configuration", configuration()),
    ])
}

pub(crate) fn create_query() -> Shape {
    object(vec![optional("page_size", Shape::Integer { min: 1, max: 100 })])
}

fn create_database() -> Shape {
    object(vec![
        required(
            "parent",
            object(vec![required("type", Shape::OneOf(&["page_id"])), required("page_id", Shape::Uuid)]),
        ),
        optional(
            "position",
            object(vec![required("type", Shape::OneOf(&["after_block"])), required("block_id", Shape::Uuid)]),
        ),
    ])
}

fn position() -> Shape {
    any_of(vec![
        object(vec![required("type", Shape::OneOf(&["start"]))]),
        object(vec![required("type", Shape::OneOf(&["end"]))]),
        object(vec![required("type", Shape::OneOf(&["after_view"])), required("view_id", Shape::Uuid)]),
    ])
}

fn placement() -> Shape {
    let row = || Shape::Integer { min: 0, max: 1_000 };
    any_of(vec![
        object(vec![required("type", Shape::OneOf(&["new_row"])), optional("row_index", row())]),
        object(vec![required("type", Shape::OneOf(&["existing_row"])), required("row_index", row())]),
    ])
}

/// A choice that `null` takes back.
fn choice(key: &'static str, choices: &'static [&'static str]) -> Field {
    optional(key, nullable(Shape::OneOf(choices)))
}

fn flag(key: &'static str) -> Field {
    optional(key, nullable(Shape::Boolean))
}

fn whole() -> Shape {
    Shape::Integer { min: 0, max: 10_000 }
}

fn sort() -> Field {
    required("sort", object(vec![required("type", Shape::OneOf(&["manual", "ascending", "descending"]))]))
}

fn week() -> Field {
    optional("start_day_of_week", Shape::Integer { min: 0, max: 1 })
}

fn ranges() -> Vec<Field> {
    vec![
        optional("range_start", Shape::Number),
        optional("range_end", Shape::Number),
        optional("range_size", Shape::Number),
    ]
}

const SPANS: &[&str] = &["relative", "day", "week", "month", "year"];
const TEXTS: &[&str] = &["exact", "alphabet_prefix"];

fn group_by() -> Shape {
    let group = |kinds: &'static [&'static str], more: Vec<Field>| {
        let mut fields = vec![
            required("type", Shape::OneOf(kinds)),
            required("property_id", text()),
            sort(),
            optional("hide_empty_groups", Shape::Boolean),
        ];
        fields.extend(more);
        object(fields)
    };
    let by = |choices: &'static [&'static str]| required("group_by", Shape::OneOf(choices));
    any_of(vec![
        group(&["select", "multi_select"], Vec::new()),
        group(&["status"], vec![by(&["group", "option"])]),
        group(&["person", "created_by", "last_edited_by"], Vec::new()),
        group(&["relation"], Vec::new()),
        group(&["date", "created_time", "last_edited_time"], vec![by(SPANS), week()]),
        group(&["text", "title", "url", "email", "phone_number"], vec![by(TEXTS)]),
        group(&["number"], ranges()),
        group(&["checkbox"], Vec::new()),
        object(vec![
            required("type", Shape::OneOf(&["formula"])),
            required("property_id", text()),
            required("group_by", formula_group()),
            optional("hide_empty_groups", Shape::Boolean),
        ]),
    ])
}

fn formula_group() -> Shape {
    let group = |kind: &'static [&'static str], more: Vec<Field>| {
        let mut fields = vec![required("type", Shape::OneOf(kind)), sort()];
        fields.extend(more);
        object(fields)
    };
    any_of(vec![
        group(&["date"], vec![required("group_by", Shape::OneOf(SPANS)), week()]),
        group(&["text"], vec![required("group_by", Shape::OneOf(TEXTS))]),
        group(&["number"], ranges()),
        group(&["checkbox"], Vec::new()),
    ])
}

fn properties(key: &'static str) -> Field {
    let property = object(vec![
        required("property_id", text()),
        optional("visible", Shape::Boolean),
        optional("width", whole()),
        optional("wrap", Shape::Boolean),
        optional("status_show_as", Shape::OneOf(&["select", "checkbox"])),
        optional("card_property_width_mode", Shape::OneOf(&["full_line", "inline"])),
        optional(
            "date_format",
            Shape::OneOf(&[
                "full",
                "short",
                "month_day_year",
                "day_month_year",
                "year_month_day",
                "relative",
            ]),
        ),
        optional("time_format", Shape::OneOf(&["12_hour", "24_hour", "hidden"])),
    ]);
    optional(key, nullable(array_up_to(100, property)))
}

fn cards() -> Vec<Field> {
    let cover = object(vec![
        required("type", Shape::OneOf(&["page_cover", "page_content", "property"])),
        optional("property_id", text()),
    ]);
    vec![
        properties("properties"),
        optional("cover", nullable(cover)),
        choice("cover_size", SIZES),
        choice("cover_aspect", &["contain", "cover"]),
        choice("card_layout", &["list", "compact"]),
    ]
}

fn of(kind: &'static [&'static str], fields: Vec<Field>) -> Shape {
    let mut all = vec![required("type", Shape::OneOf(kind))];
    all.extend(fields);
    object(all)
}

fn configuration() -> Shape {
    let mut board = vec![required("group_by", group_by()), optional("sub_group_by", nullable(group_by()))];
    board.extend(cards());
    any_of(vec![
        of(
            &["table"],
            vec![
                properties("properties"),
                optional("group_by", nullable(group_by())),
                optional("subtasks", nullable(subtasks())),
                optional("wrap_cells", Shape::Boolean),
                optional("frozen_column_index", whole()),
                optional("show_vertical_lines", Shape::Boolean),
            ],
        ),
        of(&["board"], board),
        of(
            &["calendar"],
            vec![
                required("date_property_id", text()),
                properties("properties"),
                choice("view_range", &["week", "month"]),
                flag("show_weekends"),
            ],
        ),
        of(&["timeline"], timeline()),
        of(&["gallery"], cards()),
        of(&["list"], vec![properties("properties")]),
        of(
            &["map"],
            vec![choice("height", HEIGHTS), optional("map_by", nullable(text())), properties("properties")],
        ),
        of(
            &["form"],
            vec![
                flag("is_form_closed"),
                flag("anonymous_submissions"),
                choice(
                    "submission_permissions",
                    &["none", "comment_only", "reader", "read_and_write", "editor"],
                ),
            ],
        ),
        of(&["chart"], chart()),
    ])
}

fn subtasks() -> Shape {
    object(vec![
        optional("property_id", text()),
        optional("display_mode", Shape::OneOf(&["show", "hidden", "flattened", "disabled"])),
        optional("filter_scope", Shape::OneOf(&["parents", "parents_and_subitems", "subitems"])),
        optional("toggle_column_id", text()),
    ])
}

fn timeline() -> Vec<Field> {
    const ZOOMS: &[&str] = &["hours", "day", "week", "bi_week", "month", "quarter", "year", "5_years"];
    vec![
        required("date_property_id", text()),
        optional("end_date_property_id", nullable(text())),
        properties("properties"),
        flag("show_table"),
        properties("table_properties"),
        optional(
            "preference",
            nullable(object(vec![
                required("zoom_level", Shape::OneOf(ZOOMS)),
                optional("center_timestamp", Shape::Number),
            ])),
        ),
        optional("arrows_by", nullable(object(vec![optional("property_id", nullable(text()))]))),
        flag("color_by"),
    ]
}

fn chart() -> Vec<Field> {
    const AGGREGATORS: &[&str] = &[
        "count",
        "count_values",
        "sum",
        "average",
        "median",
        "min",
        "max",
        "range",
        "unique",
        "empty",
        "not_empty",
        "percent_empty",
        "percent_not_empty",
        "checked",
        "unchecked",
        "percent_checked",
        "percent_unchecked",
        "earliest_date",
        "latest_date",
        "date_range",
    ];
    const THEMES: &[&str] =
        &["gray", "blue", "yellow", "green", "purple", "teal", "orange", "pink", "red", "auto", "colorful"];
    const COLORS: &[&str] =
        &["gray", "lightgray", "brown", "yellow", "orange", "green", "blue", "purple", "pink", "red"];
    let aggregation = || {
        nullable(object(vec![
            required("aggregator", Shape::OneOf(AGGREGATORS)),
            optional("property_id", text()),
        ]))
    };
    let line = object(vec![
        required("value", Shape::Number),
        required("label", text()),
        required("color", Shape::OneOf(COLORS)),
        required("dash_style", Shape::OneOf(&["solid", "dash"])),
        optional("id", text()),
    ]);
    vec![
        required("chart_type", Shape::OneOf(&["column", "bar", "line", "donut", "number"])),
        optional("x_axis", nullable(group_by())),
        optional("y_axis", aggregation()),
        optional("x_axis_property_id", nullable(text())),
        optional("y_axis_property_id", nullable(text())),
        optional("value", aggregation()),
        choice("sort", &["manual", "x_ascending", "x_descending", "y_ascending", "y_descending"]),
        choice("color_theme", THEMES),
        choice("height", HEIGHTS),
        flag("hide_empty_groups"),
        choice("legend_position", &["off", "bottom", "side"]),
        flag("show_data_labels"),
        choice("axis_labels", &["none", "x_axis", "y_axis", "both"]),
        choice("grid_lines", &["none", "horizontal", "vertical", "both"]),
        flag("cumulative"),
        flag("smooth_line"),
        flag("hide_line_fill_area"),
        choice("group_style", &["normal", "percent", "side_by_side"]),
        optional("y_axis_min", nullable(Shape::Number)),
        optional("y_axis_max", nullable(Shape::Number)),
        choice("donut_labels", &["none", "value", "name", "name_and_value"]),
        flag("hide_title"),
        optional("stack_by", nullable(group_by())),
        optional("reference_lines", nullable(array_up_to(100, line))),
        optional("caption", nullable(text())),
        flag("color_by_value"),
    ]
}
