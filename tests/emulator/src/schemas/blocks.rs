//! Blocks in requests. Nesting is bounded by the grammar itself: a block on the last level has no
//! `children` member, so a deeper one is "not present" in Notion's own words.

use std::sync::LazyLock;

use crate::check::shape::{
    Field, Shape, any_of, array_up_to, nothing, nullable, object, optional, required, text, text_up_to,
};
use crate::schemas::rich_text::{color, icon, rich_text, web_address};

static LEVEL_0: LazyLock<Shape> = LazyLock::new(|| any_of(blocks(0)));
static LEVEL_1: LazyLock<Shape> = LazyLock::new(|| any_of(blocks(1)));
static LEVEL_2: LazyLock<Shape> = LazyLock::new(|| any_of(blocks(2)));
static TABLE_ROW: LazyLock<Shape> = LazyLock::new(|| block("table_row", &["table_row"], table_row()));
static TAB_ITEM: LazyLock<Shape> = LazyLock::new(|| tab_item(0));
static TAB_ITEM_WITH_CHILDREN: LazyLock<Shape> = LazyLock::new(|| tab_item(1));
static COLUMN: LazyLock<Shape> = LazyLock::new(|| {
    block(
        "column",
        &["column"],
        object(vec![
            required("children", array_up_to(100, Shape::Shared(&LEVEL_1))),
            optional("width_ratio", Shape::Number),
        ]),
    )
});

/// The `children` of a request: up to 100 blocks with two levels below them.
pub(crate) fn children() -> Shape {
    array_up_to(100, Shape::Shared(&LEVEL_2))
}

fn block(key: &'static str, kind: &'static [&'static str], content: Shape) -> Shape {
    object(vec![
        required(key, content),
        optional("type", Shape::OneOf(kind)),
        optional("object", Shape::OneOf(&["block"])),
    ])
}

fn children_field(levels: usize) -> Option<Field> {
    let level: &'static LazyLock<Shape> = match levels {
        0 => return None,
        1 => &LEVEL_0,
        _ => &LEVEL_1,
    };
    Some(optional("children", array_up_to(100, Shape::Shared(level))))
}

fn with_children(mut fields: Vec<Field>, levels: usize) -> Shape {
    fields.extend(children_field(levels));
    object(fields)
}

fn caption() -> Field {
    optional("caption", rich_text())
}

fn linked() -> Shape {
    object(vec![required("url", web_address()), caption()])
}

fn file(named: bool) -> Shape {
    let fields = |key: &'static str, kind: &'static [&'static str], shape: Shape| {
        let mut fields = vec![required(key, shape), optional("type", Shape::OneOf(kind)), caption()];
        if named {
            fields.push(optional("name", text()));
        }
        object(fields)
    };
    any_of(vec![
        fields("external", &["external"], object(vec![required("url", web_address())])),
        fields("file_upload", &["file_upload"], object(vec![required("id", Shape::Uuid)])),
    ])
}

fn table_row() -> Shape {
    object(vec![required("cells", array_up_to(100, rich_text()))])
}

fn link_to_page() -> Shape {
    let target = |key: &'static str, kind: &'static [&'static str]| {
        object(vec![required(key, Shape::Uuid), optional("type", Shape::OneOf(kind))])
    };
    any_of(vec![
        target("page_id", &["page_id"]),
        target("database_id", &["database_id"]),
        target("comment_id", &["comment_id"]),
    ])
}

fn synced_from() -> Shape {
    nullable(object(vec![required("block_id", Shape::Uuid), optional("type", Shape::OneOf(&["block_id"]))]))
}

fn blocks(levels: usize) -> Vec<Shape> {
    let rich = || required("rich_text", rich_text());
    let colored = || optional("color", color());
    let heading = || vec![rich(), colored(), optional("is_toggleable", Shape::Boolean)];
    let listed = || vec![rich(), colored()];
    let mut all = vec![
        block("embed", &["embed"], linked()),
        block("bookmark", &["bookmark"], linked()),
        block("image", &["image"], file(false)),
        block("video", &["video"], file(false)),
        block("pdf", &["pdf"], file(false)),
        block("file", &["file"], file(true)),
        block("audio", &["audio"], file(false)),
        block(
            "code",
            &["code"],
            object(vec![rich(), required("language", Shape::OneOf(LANGUAGES)), caption()]),
        ),
        block("equation", &["equation"], object(vec![required("expression", text_up_to(1000))])),
        block("divider", &["divider"], nothing()),
        block("breadcrumb", &["breadcrumb"], nothing()),
        block("table_of_contents", &["table_of_contents"], object(vec![colored()])),
        block("link_to_page", &["link_to_page"], link_to_page()),
        Shape::Shared(&TABLE_ROW),
    ];
    if levels > 0 {
        all.push(block(
            "table",
            &["table"],
            object(vec![
                required("table_width", Shape::Integer { min: 1, max: 100 }),
                required(
                    "children",
                    Shape::Array { item: Box::new(Shape::Shared(&TABLE_ROW)), min: 1, max: 100 },
                ),
                optional("has_column_header", Shape::Boolean),
                optional("has_row_header", Shape::Boolean),
            ]),
        ));
    }
    if levels > 1 {
        all.push(block(
            "column_list",
            &["column_list"],
            object(vec![required(
                "children",
                Shape::Array { item: Box::new(Shape::Shared(&COLUMN)), min: 2, max: 100 },
            )]),
        ));
        all.push(Shape::Shared(&COLUMN));
    }
    all.extend([
        block("heading_1", &["heading_1"], with_children(heading(), levels)),
        block("heading_2", &["heading_2"], with_children(heading(), levels)),
        block("heading_3", &["heading_3"], with_children(heading(), levels)),
        block("heading_4", &["heading_4"], with_children(heading(), levels)),
        block(
            "paragraph",
            &["paragraph"],
            with_children(vec![rich(), colored(), optional("icon", icon())], levels),
        ),
        block("bulleted_list_item", &["bulleted_list_item"], with_children(listed(), levels)),
        block(
            "numbered_list_item",
            &["numbered_list_item"],
            // Where a list starts and how it counts is read alone (published types).
            with_children(listed(), levels),
        ),
        block("quote", &["quote"], with_children(listed(), levels)),
        block(
            "to_do",
            &["to_do"],
            with_children(vec![rich(), optional("checked", Shape::Boolean), colored()], levels),
        ),
        block("toggle", &["toggle"], with_children(listed(), levels)),
        block("template", &["template"], with_children(vec![rich()], levels)),
        block(
            "callout",
            &["callout"],
            with_children(vec![rich(), optional("icon", icon()), colored()], levels),
        ),
        block(
            "synced_block",
            &["synced_block"],
            with_children(vec![required("synced_from", synced_from())], levels),
        ),
    ]);
    // The items of a tab block are paragraphs, and the block can't come without them.
    let item: Option<&'static LazyLock<Shape>> = match levels {
        0 => None,
        1 => Some(&TAB_ITEM),
        _ => Some(&TAB_ITEM_WITH_CHILDREN),
    };
    if let Some(item) = item {
        all.push(block(
            "tab",
            &["tab"],
            object(vec![required("children", array_up_to(100, Shape::Shared(item)))]),
        ));
    }
    all
}

fn tab_item(levels: usize) -> Shape {
    let fields =
        vec![required("rich_text", rich_text()), optional("color", color()), optional("icon", icon())];
    block("paragraph", &["paragraph"], with_children(fields, levels))
}

/// What `PATCH /v1/blocks/{id}` may change: one block type's content, the trash, or both.
pub(crate) fn update() -> Shape {
    static UPDATE: LazyLock<Shape> = LazyLock::new(|| any_of(updates()));
    Shape::Shared(&UPDATE)
}

fn updates() -> Vec<Shape> {
    let update = |key: &'static str, kind: &'static [&'static str], content: Shape| {
        // Children can't be changed here, and none of them said (recorded).
        let content = match content {
            Shape::Object { mut fields, open } => {
                fields.push(optional("children", array_up_to(0, Shape::Anything)));
                Shape::Object { fields, open }
            }
            other => other,
        };
        object(vec![
            required(key, content),
            optional("type", Shape::OneOf(kind)),
            optional("in_trash", Shape::Boolean),
        ])
    };
    let rich = || required("rich_text", rich_text());
    let colored = || optional("color", color());
    let media = |named: bool| {
        let mut fields = vec![
            caption(),
            optional("external", object(vec![required("url", web_address())])),
            optional("file_upload", object(vec![required("id", Shape::Uuid)])),
        ];
        if named {
            fields.push(optional("name", text()));
        }
        object(fields)
    };
    let linked = || object(vec![optional("url", web_address()), caption()]);
    let heading = || object(vec![rich(), colored(), optional("is_toggleable", Shape::Boolean)]);
    let listed = || object(vec![rich(), colored()]);
    vec![
        update("embed", &["embed"], linked()),
        update("bookmark", &["bookmark"], linked()),
        update("image", &["image"], media(false)),
        update("video", &["video"], media(false)),
        update("pdf", &["pdf"], media(false)),
        update("file", &["file"], media(true)),
        update("audio", &["audio"], media(false)),
        update(
            "code",
            &["code"],
            object(vec![
                optional("rich_text", rich_text()),
                optional("language", Shape::OneOf(LANGUAGES)),
                caption(),
            ]),
        ),
        update("equation", &["equation"], object(vec![required("expression", text_up_to(1000))])),
        update("divider", &["divider"], nothing()),
        update("breadcrumb", &["breadcrumb"], nothing()),
        update("tab", &["tab"], nothing()),
        update("table_of_contents", &["table_of_contents"], object(vec![colored()])),
        update("link_to_page", &["link_to_page"], link_to_page()),
        update("table_row", &["table_row"], table_row()),
        update("heading_1", &["heading_1"], heading()),
        update("heading_2", &["heading_2"], heading()),
        update("heading_3", &["heading_3"], heading()),
        update("heading_4", &["heading_4"], heading()),
        update(
            "paragraph",
            &["paragraph"],
            object(vec![optional("rich_text", rich_text()), optional("icon", icon()), colored()]),
        ),
        update("bulleted_list_item", &["bulleted_list_item"], listed()),
        update("numbered_list_item", &["numbered_list_item"], listed()),
        update("quote", &["quote"], listed()),
        update(
            "to_do",
            &["to_do"],
            object(vec![optional("rich_text", rich_text()), optional("checked", Shape::Boolean), colored()]),
        ),
        update("toggle", &["toggle"], listed()),
        update("template", &["template"], object(vec![rich()])),
        update(
            "callout",
            &["callout"],
            object(vec![optional("rich_text", rich_text()), optional("icon", icon()), colored()]),
        ),
        update("synced_block", &["synced_block"], object(vec![required("synced_from", synced_from())])),
        update(
            "table",
            &["table"],
            object(vec![
                optional("has_column_header", Shape::Boolean),
                optional("has_row_header", Shape::Boolean),
            ]),
        ),
        update("column", &["column"], object(vec![optional("width_ratio", Shape::Number)])),
        object(vec![required("in_trash", Shape::Boolean)]),
    ]
}

/// Documented languages of a code block.
const LANGUAGES: &[&str] = &[
    "abap",
    "abc",
    "agda",
    "arduino",
    "ascii art",
    "assembly",
    "bash",
    "basic",
    "bnf",
    "c",
    "c#",
    "c++",
    "clojure",
    "coffeescript",
    "coq",
    "css",
    "dart",
    "dhall",
    "diff",
    "docker",
    "ebnf",
    "elixir",
    "elm",
    "erlang",
    "f#",
    "flow",
    "fortran",
    "gherkin",
    "glsl",
    "go",
    "graphql",
    "groovy",
    "haskell",
    "hcl",
    "html",
    "idris",
    "java",
    "javascript",
    "json",
    "julia",
    "kotlin",
    "latex",
    "less",
    "lisp",
    "livescript",
    "llvm ir",
    "lua",
    "makefile",
    "markdown",
    "markup",
    "matlab",
    "mathematica",
    "mermaid",
    "nix",
    "notion formula",
    "objective-c",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "plain text",
    "powershell",
    "prolog",
    "protobuf",
    "purescript",
    "python",
    "r",
    "racket",
    "reason",
    "ruby",
    "rust",
    "sass",
    "scala",
    "scheme",
    "scss",
    "shell",
    "smalltalk",
    "solidity",
    "sql",
    "swift",
    "toml",
    "typescript",
    "vb.net",
    "verilog",
    "vhdl",
    "visual basic",
    "webassembly",
    "xml",
    "yaml",
    "java/c/c++/c#",
];

/// The language that the text behind a fence names, by its first word.
pub(crate) fn language_of(info: &str) -> &'static str {
    let whole = info.trim().to_lowercase();
    let word = whole.split_whitespace().next().unwrap_or_default();
    let known = |name: &str| LANGUAGES.iter().copied().find(|language| *language == name);
    known(&whole).or_else(|| known(word)).unwrap_or("plain text")
}
