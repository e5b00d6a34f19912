//! Rich text, icons, covers, dates: the pieces that other bodies are made of.

use std::sync::LazyLock;

use crate::check::shape::{
    Shape, any_of, array_up_to, nullable, object, optional, required, text, text_up_to,
};

/// Documented: `text.content`, links and URLs hold 2000 characters, equations 1000.
pub(crate) const TEXT_LIMIT: usize = 2000;
const EQUATION_LIMIT: usize = 1000;

pub(crate) const COLORS: &[&str] = &[
    "default",
    "gray",
    "brown",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "red",
    "default_background",
    "gray_background",
    "brown_background",
    "orange_background",
    "yellow_background",
    "green_background",
    "blue_background",
    "purple_background",
    "pink_background",
    "red_background",
];

const ICON_COLORS: &[&str] =
    &["gray", "lightgray", "brown", "yellow", "orange", "green", "blue", "purple", "pink", "red"];

pub(crate) const OPTION_COLORS: &[&str] =
    &["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

static RICH_TEXT: LazyLock<Shape> = LazyLock::new(|| array_up_to(100, any_of(items())));
static ICON: LazyLock<Shape> = LazyLock::new(|| any_of(icons()));
static COVER: LazyLock<Shape> = LazyLock::new(|| any_of(vec![external(), uploaded()]));
static DATE: LazyLock<Shape> = LazyLock::new(|| {
    object(vec![
        required("start", text()),
        optional("end", nullable(text())),
        optional("time_zone", nullable(text())),
    ])
});

/// An address on the web, as files, embeds and bookmarks need one.
pub(crate) fn web_address() -> Shape {
    Shape::Form { max: TEXT_LIMIT, expected: "a valid URL", accepts: is_web_address }
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace))
}

/// What a link in a text may lead to: also a mail address, a number, a place in the workspace.
fn is_link(text: &str) -> bool {
    let leads_elsewhere = ["mailto:", "tel:", "notion://"].iter().any(|scheme| text.starts_with(scheme));
    let leads_inside = text.starts_with('/') || text.starts_with('#');
    is_web_address(text) || ((leads_elsewhere || leads_inside) && !text.contains(char::is_whitespace))
}

/// An emoji is one sign, never a letter or a word.
fn is_emoji(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= 12
        && !text.is_ascii()
        && !text.chars().any(|letter| letter.is_alphabetic() || letter.is_whitespace())
}

pub(crate) fn rich_text() -> Shape {
    Shape::Shared(&RICH_TEXT)
}

/// The same with at least one run.
pub(crate) fn filled_rich_text() -> Shape {
    Shape::Array { item: Box::new(any_of(items())), min: 1, max: 100 }
}

pub(crate) fn icon() -> Shape {
    Shape::Shared(&ICON)
}

pub(crate) fn cover() -> Shape {
    Shape::Shared(&COVER)
}

pub(crate) fn date() -> Shape {
    Shape::Shared(&DATE)
}

pub(crate) fn color() -> Shape {
    Shape::OneOf(COLORS)
}

fn annotations() -> Shape {
    object(vec![
        optional("bold", Shape::Boolean),
        optional("italic", Shape::Boolean),
        optional("strikethrough", Shape::Boolean),
        optional("underline", Shape::Boolean),
        optional("code", Shape::Boolean),
        optional("color", color()),
    ])
}

/// Members that answers carry and requests may repeat, since clients send back what they read.
fn item(kind: &'static [&'static str], key: &'static str, shape: Shape) -> Shape {
    object(vec![
        required(key, shape),
        optional("type", Shape::OneOf(kind)),
        optional("annotations", annotations()),
        optional("plain_text", text()),
        optional("href", nullable(text())),
    ])
}

fn items() -> Vec<Shape> {
    let target = Shape::Form { max: TEXT_LIMIT, expected: "a valid URL", accepts: is_link };
    let link = nullable(object(vec![required("url", target), optional("type", Shape::OneOf(&["url"]))]));
    vec![
        item(
            &["text"],
            "text",
            object(vec![required("content", text_up_to(TEXT_LIMIT)), optional("link", link)]),
        ),
        item(&["mention"], "mention", any_of(mentions())),
        item(&["equation"], "equation", object(vec![required("expression", text_up_to(EQUATION_LIMIT))])),
    ]
}

fn mentions() -> Vec<Shape> {
    let mention = |kind: &'static [&'static str], key: &'static str, shape: Shape| {
        object(vec![required(key, shape), optional("type", Shape::OneOf(kind))])
    };
    let reference = || object(vec![required("id", Shape::Uuid)]);
    let template = any_of(vec![
        object(vec![
            required("template_mention_date", Shape::OneOf(&["today", "now"])),
            optional("type", Shape::OneOf(&["template_mention_date"])),
        ]),
        object(vec![
            required("template_mention_user", Shape::OneOf(&["me"])),
            optional("type", Shape::OneOf(&["template_mention_user"])),
        ]),
    ]);
    vec![
        mention(&["user"], "user", user()),
        mention(&["date"], "date", date()),
        mention(&["page"], "page", reference()),
        mention(&["database"], "database", reference()),
        mention(&["template_mention"], "template_mention", template),
        mention(
            &["custom_emoji"],
            "custom_emoji",
            object(vec![required("id", Shape::Uuid), optional("name", text()), optional("url", text())]),
        ),
    ]
}

pub(crate) fn user() -> Shape {
    // A whole user object may be sent back; only its id is read.
    any_of(vec![
        object(vec![required("id", Shape::Uuid), optional("object", Shape::OneOf(&["user"]))]),
        object(vec![
            required("id", Shape::Uuid),
            optional("object", Shape::OneOf(&["user"])),
            optional("name", nullable(text())),
            optional("avatar_url", nullable(text())),
            optional("type", Shape::OneOf(&["person", "bot"])),
            optional("person", Shape::Anything),
            optional("bot", Shape::Anything),
        ]),
    ])
}

fn external() -> Shape {
    object(vec![
        required("external", object(vec![required("url", web_address())])),
        optional("type", Shape::OneOf(&["external"])),
    ])
}

fn uploaded() -> Shape {
    object(vec![
        required("file_upload", object(vec![required("id", Shape::Uuid)])),
        optional("type", Shape::OneOf(&["file_upload"])),
    ])
}

fn icons() -> Vec<Shape> {
    vec![
        uploaded(),
        object(vec![
            required("emoji", Shape::Form { max: 100, expected: "an emoji", accepts: is_emoji }),
            optional("type", Shape::OneOf(&["emoji"])),
        ]),
        external(),
        object(vec![
            required(
                "custom_emoji",
                object(vec![required("id", Shape::Uuid), optional("name", text()), optional("url", text())]),
            ),
            optional("type", Shape::OneOf(&["custom_emoji"])),
        ]),
        object(vec![
            required(
                "icon",
                object(vec![required("name", text()), optional("color", Shape::OneOf(ICON_COLORS))]),
            ),
            optional("type", Shape::OneOf(&["icon"])),
        ]),
    ]
}
