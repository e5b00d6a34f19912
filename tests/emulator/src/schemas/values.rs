//! Property values of a page in a request. Only types that can be written are here: a formula,
//! rollup, `unique_id` or timestamp is refused as a key that should not be present.

use std::sync::LazyLock;

use crate::check::shape::{
    Shape, any_of, array_up_to, filled_text_up_to, map_of, nullable, object, optional, required, text,
    text_up_to,
};
use crate::schemas::rich_text::{OPTION_COLORS, TEXT_LIMIT, date, rich_text, user, web_address};

/// Documented: e-mail addresses and phone numbers hold 200 characters.
const CONTACT_LIMIT: usize = 200;
/// Documented: options, related pages and people are 100 each in one request.
const LIST_LIMIT: usize = 100;

static VALUES: LazyLock<Shape> = LazyLock::new(|| map_of(any_of(values())));

/// The `properties` of a page.
pub(crate) fn properties() -> Shape {
    Shape::Shared(&VALUES)
}

fn value(key: &'static str, kind: &'static [&'static str], shape: Shape) -> Shape {
    object(vec![required(key, shape), optional("type", Shape::OneOf(kind)), optional("id", text())])
}

fn option() -> Shape {
    let rest =
        || vec![optional("color", Shape::OneOf(OPTION_COLORS)), optional("description", nullable(text()))];
    let mut by_id = vec![required("id", text()), optional("name", filled_text_up_to(100))];
    by_id.extend(rest());
    let mut by_name = vec![required("name", filled_text_up_to(100)), optional("id", text())];
    by_name.extend(rest());
    any_of(vec![object(by_id), object(by_name)])
}

fn file() -> Shape {
    let named = |key: &'static str, kind: &'static [&'static str], shape: Shape, name_needed: bool| {
        let name = if name_needed { required("name", text()) } else { optional("name", text()) };
        object(vec![required(key, shape), name, optional("type", Shape::OneOf(kind))])
    };
    any_of(vec![
        named(
            "file",
            &["file"],
            object(vec![required("url", text_up_to(TEXT_LIMIT)), optional("expiry_time", text())]),
            true,
        ),
        named("external", &["external"], object(vec![required("url", web_address())]), true),
        named("file_upload", &["file_upload"], object(vec![required("id", Shape::Uuid)]), false),
    ])
}

fn values() -> Vec<Shape> {
    vec![
        value("title", &["title"], rich_text()),
        value("rich_text", &["rich_text"], rich_text()),
        value("number", &["number"], nullable(Shape::Number)),
        value("url", &["url"], nullable(filled_text_up_to(TEXT_LIMIT))),
        value("select", &["select"], nullable(option())),
        value("multi_select", &["multi_select"], array_up_to(LIST_LIMIT, option())),
        value("people", &["people"], array_up_to(LIST_LIMIT, user())),
        value("email", &["email"], nullable(filled_text_up_to(CONTACT_LIMIT))),
        value("phone_number", &["phone_number"], nullable(filled_text_up_to(CONTACT_LIMIT))),
        value("date", &["date"], nullable(date())),
        value("checkbox", &["checkbox"], Shape::Boolean),
        object(vec![
            required("relation", array_up_to(LIST_LIMIT, object(vec![required("id", Shape::Uuid)]))),
            optional("type", Shape::OneOf(&["relation"])),
            optional("id", text()),
            optional("has_more", Shape::Boolean),
        ]),
        value("files", &["files"], array_up_to(LIST_LIMIT, file())),
        value("status", &["status"], nullable(option())),
        value(
            "place",
            &["place"],
            nullable(object(vec![
                required("lat", Shape::Number),
                required("lon", Shape::Number),
                optional("name", nullable(text())),
                optional("address", nullable(text())),
                optional("aws_place_id", nullable(text())),
                optional("google_place_id", nullable(text())),
            ])),
        ),
        value(
            "verification",
            &["verification"],
            any_of(vec![
                object(vec![required("state", Shape::OneOf(&["verified"])), optional("date", date())]),
                object(vec![required("state", Shape::OneOf(&["unverified"]))]),
            ]),
        ),
        // The shorthand that the API takes for a title, and for it alone.
        rich_text(),
    ]
}
