use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::color::COLORS;

const ID: &str = "59833787-e2cf-4fdf-8782-e53db20768a5";

fn there(markdown: &str) -> Value {
    Value::from(to_rich_text(markdown))
}

fn plain(text: &str) -> Value {
    json!([{ "type": "text", "text": { "content": text } }])
}

#[test]
fn what_people_write_is_read_as_they_mean_it() {
    let bold =
        |text: &str| json!({ "type": "text", "text": { "content": text }, "annotations": { "bold": true } });
    let text = |text: &str| json!({ "type": "text", "text": { "content": text } });
    for (markdown, expected) in [
        ("a **b** c", json!([text("a "), bold("b"), text(" c")])),
        ("__b__", json!([bold("b")])),
        (
            "**a*",
            json!([text("*"), { "type": "text", "text": { "content": "a" }, "annotations": { "italic": true } }]),
        ),
        (
            "***b***",
            json!([{ "type": "text", "text": { "content": "b" }, "annotations": { "bold": true, "italic": true } }]),
        ),
        (
            "~~a~~ `**b**`",
            json!([
                { "type": "text", "text": { "content": "a" }, "annotations": { "strikethrough": true } },
                text(" "),
                { "type": "text", "text": { "content": "**b**" }, "annotations": { "code": true } },
            ]),
        ),
        (
            "[a **b**](https://example.com/x_(y))",
            json!([
                { "type": "text", "text": { "content": "a ", "link": { "url": "https://example.com/x_(y)" } } },
                {
                    "type": "text",
                    "text": { "content": "b", "link": { "url": "https://example.com/x_(y)" } },
                    "annotations": { "bold": true },
                },
            ]),
        ),
        (
            "<https://example.com>",
            json!([{ "type": "text", "text": { "content": "https://example.com", "link": { "url": "https://example.com" } } }]),
        ),
        (
            "$x^2$ and $`y`$",
            json!([
                { "type": "equation", "equation": { "expression": "x^2" } },
                text(" and "),
                { "type": "equation", "equation": { "expression": "y" } },
            ]),
        ),
        ("a<br>b", plain("a\nb")),
        (
            "<span color=\"red_bg\" underline=\"true\">a</span>",
            json!([{
                "type": "text", "text": { "content": "a" },
                "annotations": { "underline": true, "color": "red_background" },
            }]),
        ),
        (
            "<mention-page url=\"https://www.notion.so/Plan-59833787e2cf4fdf8782e53db20768a5\">The *plan*</mention-page>!",
            json!([{ "type": "mention", "mention": { "type": "page", "page": { "id": ID } } }, text("!")]),
        ),
        (
            "<mention-date start=\"2026-01-10\" startTime=\"09:00\" timeZone=\"Europe/Rome\"/>",
            json!([{ "type": "mention", "mention": {
                "type": "date", "date": { "start": "2026-01-10T09:00", "time_zone": "Europe/Rome" },
            } }]),
        ),
    ] {
        assert_eq!(there(markdown), expected, "{markdown}");
    }
}

#[test]
fn what_is_no_markdown_stays_text() {
    for text in [
        "snake_case_name and 2 * 3 * 4",
        "$5 and $6, or US$7 or 5-$8",
        "a < b > c, <div>, </b>, <span color=\"mauve\">x</span>",
        "[x](javascript:alert(1)) and [x](data:text/html,y)",
        "[ ] [1] [a][b] ](",
        "https://example.com/a_b_c",
        "C:\\dir & ~5, AT&T;, 2*3*4 = 24, x**2 + y**2 and a*b*c",
        "`unclosed",
        "\u{5d0}\u{5d1} \u{1F469}\u{200D}\u{1F680}",
    ] {
        assert_eq!(there(text), plain(text), "{text}");
        assert_eq!(there(&from_rich_text(&plain(text))), plain(text), "{text}");
    }
}

#[test]
fn money_is_no_equation() {
    let equation = |markdown: &str| there(markdown).to_string().contains("\"equation\"");
    for text in
        ["$5 to $10", "$5", "$1,000.50 and **$2**", "US$5 or 5$", "$5-$10", "$20 (or $30)", "$HOME and $PATH"]
    {
        assert!(!equation(text), "{text}");
    }
    for text in ["$x^2$", "$2x^2$", "it is $a$, and $`5`$", "$\\frac{1}{2}$"] {
        assert!(equation(text), "{text}");
    }
    let mixed = there("It costs $5 to $10 and $x^2$");
    assert_eq!(mixed[0]["text"]["content"], "It costs $5 to $10 and ");
    assert_eq!(mixed[1]["equation"]["expression"], "x^2");
}

#[test]
fn emphasis_beside_scripts_without_blanks_marks_words() {
    for (markdown, marked) in [
        ("**\u{6ce8}\u{610f}\u{ff1a}**\u{8bf7}\u{770b}", "\u{6ce8}\u{610f}\u{ff1a}"),
        ("\u{8fd9}\u{662f}**\u{91cd}\u{70b9}**\u{5185}\u{5bb9}", "\u{91cd}\u{70b9}"),
        ("\u{8fd9}\u{662f}**\u{201c}\u{91cd}\u{70b9}\u{201d}**\u{5417}", "\u{201c}\u{91cd}\u{70b9}\u{201d}"),
        ("**\u{300c}\u{5927}\u{4e8b}\u{300d}**\u{3067}\u{3059}", "\u{300c}\u{5927}\u{4e8b}\u{300d}"),
        ("\u{c774}\u{ac83}\u{c740}**\u{c911}\u{c694}(!)**\u{d569}\u{b2c8}\u{b2e4}", "\u{c911}\u{c694}(!)"),
    ] {
        let read = there(markdown);
        let bold: Vec<&Value> =
            read.as_array().unwrap().iter().filter(|run| run["annotations"]["bold"] == true).collect();
        assert_eq!(bold.len(), 1, "{markdown}: {read}");
        assert_eq!(bold[0]["text"]["content"], marked, "{markdown}");
        assert_eq!(there(&from_rich_text(&read)), read, "{markdown}");
    }
}

#[test]
fn characters_by_name_and_number_are_read_alike() {
    assert_eq!(there("Tom &amp; Jerry &#39;s &lt;b&gt; &hellip;"), plain("Tom & Jerry 's <b> \u{2026}"));
    assert_eq!(from_rich_text(&plain("a &amp; b")), "a \\&amp; b");
}

#[test]
fn a_name_after_an_at_sign_mentions_who_has_it() {
    let id: crate::NotionId = ID.parse().unwrap();
    let people = People::new([("Ada Lovelace".to_owned(), id), ("ada@example.com".to_owned(), id)]);
    let mentions = |markdown: &str| {
        let mut inline = Inline::new(&people);
        let elements = inline.elements(markdown).unwrap();
        let count = elements.iter().filter(|element| element["type"] == "mention").count();
        (count, inline.notes)
    };
    assert_eq!(mentions("@Ada Lovelace please look, **@Ada Lovelace**"), (2, Vec::new()));
    assert_eq!(mentions("@ada@example.com"), (1, Vec::new()));
    for text in [
        "ada@example.com",
        "`@Ada Lovelace`",
        "<code>@Ada Lovelace</code>",
        "\\@Ada Lovelace",
        "[@Ada Lovelace](https://example.com)",
    ] {
        assert_eq!(mentions(text), (0, Vec::new()), "{text}");
    }
    let (count, notes) = mentions("@ada lovelace and @Grace");
    assert_eq!((count, notes.len()), (0, 2), "{notes:?}");
    for tag in [
        "<mention-user url=\"user://ID\"/>",
        "<mention-user id=\"ID\"/>",
        "<mention url=\"user://ID\">Ada</mention>",
    ] {
        assert_eq!(mentions(&tag.replace("ID", ID)), (1, Vec::new()), "{tag}");
    }
    // What mentions nobody is written so that it never does.
    assert_eq!(mentions(&from_rich_text(&plain("@Ada Lovelace"))), (0, Vec::new()));
}

#[test]
fn common_text_is_written_as_people_write_it() {
    for markdown in [
        "a **b** and *c*, ~~d~~ `e` [f **g**](https://example.com/?a=b&c=d_e)",
        "snake_case, 2 * 3, $5 and $6, a < b, C:\\dir, 100 % & [1] (x) {y} #z",
        "**a *b* c** $`x_1`$",
        "<b>Note: </b>this",
        "<span color=\"red\">hot</span>",
        "\u{5d0}**\u{5d1}**",
    ] {
        assert_eq!(from_rich_text(&there(markdown)), markdown);
    }
}

#[test]
fn notions_answers_become_what_requests_take() {
    let answered = json!([
        {
            "type": "mention",
            "mention": { "type": "user", "user": { "object": "user", "id": ID, "name": "Ada" } },
            "annotations": { "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default" },
            "plain_text": "@Ada", "href": null,
        },
        {
            "type": "mention", "mention": { "type": "link_mention", "link_mention": { "href": "https://example.com" } },
            "plain_text": "Example", "href": "https://example.com",
        },
        { "type": "text", "text": { "content": "x", "link": null }, "plain_text": "x", "href": null },
        null,
    ]);
    let markdown = from_rich_text(&answered);
    assert_eq!(
        markdown,
        format!("<mention-user url=\"user://{ID}\">@Ada</mention-user>[Example](https://example.com)x")
    );
    assert_eq!(to_rich_text(&markdown), normalised(&answered));
}

#[test]
fn blanks_at_the_ends_of_a_line_are_kept() {
    for text in ["\\ ", "\\\\ ", " a\t", "\ta", " ", "a\\"] {
        let line = in_document(&plain(text), false).text;
        assert_eq!(there(line.trim_matches([' ', '\t'])), plain(text), "{line}");
    }
}

#[test]
fn long_text_is_cut_and_every_piece_keeps_link_and_looks() {
    let text = format!("[**{}\u{1F600}{}**](https://example.com)", "a".repeat(1_999), "b".repeat(10));
    let elements = to_rich_text(&text);
    assert_eq!(elements.len(), 2);
    for element in &elements {
        assert_eq!(element["text"]["link"]["url"], "https://example.com");
        assert_eq!(element["annotations"]["bold"], true);
        assert!(utf16_length(element["text"]["content"].as_str().unwrap()) <= TEXT_LIMIT);
    }
    assert_eq!(from_rich_text(&Value::from(elements)), text);
    assert!(to_bounded_rich_text(&"*a* ".repeat(51)).is_err());
    assert!(to_bounded_rich_text(&"a".repeat(200_000)).is_ok());
}

#[test]
fn hostile_text_is_read_in_one_pass() {
    // Each character may be looked at a few times (a destination of a link by 32 openings at most), never by all others.
    const TIMES: usize = 50;
    let bounded = |text: String| {
        scan::LOOKED.set(0);
        let runs = read::read(&text, &People::default()).runs;
        assert!(runs.len() <= text.len());
        let looked = scan::LOOKED.get();
        assert!(
            looked <= TIMES * text.len(),
            "{looked} for {} of {}",
            text.len(),
            text.chars().take(40).collect::<String>()
        );
    };
    for piece in [
        "*",
        "* ",
        "*a",
        "_a",
        "a**b*",
        "~~a",
        "[",
        "[a](",
        "](",
        "[](",
        "[x](y ",
        "`",
        "`` ` ",
        "$",
        "$a ",
        "$`",
        "\\",
        "<",
        "<b>",
        "</b>",
        "<i></b>",
        "<equation>",
        "</equation>",
        "<span color=\"red\">",
        "<mention-user ",
        "<a href=\"",
        "&#",
        "&#3",
        "<https://a",
        "*a_b*_",
        "***a**",
        "[*](https://a)",
        "[a](https://a \"",
        "a*b**",
    ] {
        bounded(piece.repeat(200_000 / piece.len()));
    }
    bounded(format!("{}x{}", "<equation>".repeat(20_000), "</equation>".repeat(20_000)));
    bounded(format!("<span x=\"{}\">{}", "y".repeat(100_000), "</span>".repeat(20_000)));
    bounded(format!("<span color=\"red\">{}", "</span>".repeat(20_000)));
    bounded("[".repeat(100_000) + &"](https://a)".repeat(100_000));
    bounded("*".repeat(100_000) + "a" + &"b*".repeat(100_000));
    bounded((1..1_000).map(|length| "`".repeat(length) + " ").collect());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ a-c*_~`$<>\\[\\]()\\\\!&#;:/\"'=\n|-]{1,12}",
        "(\\PC|\u{1F600}|\u{5d0}|\n){1,12}",
        Just("a".to_owned()),
        Just("](https://a)".to_owned()),
        Just("<b>".to_owned()),
        Just("</span>".to_owned()),
        Just("&#32;".to_owned()),
    ]
}

fn content() -> impl Strategy<Value = Value> {
    let link = prop_oneof![
        Just(json!({ "url": "https://example.com/(a)_b*c?d=<e>&f\\g" })),
        Just(json!({ "url": "mailto:a@b.c" })),
        Just(json!({ "url": "/59833787e2cf4fdf8782e53db20768a5" })),
    ];
    let id = any::<u128>().prop_map(|bits| crate::NotionId::from_u128(bits).to_string());
    prop_oneof![
        6 => text().prop_map(|text| json!({ "type": "text", "text": { "content": text } })),
        2 => (text(), link).prop_map(|(text, link)| json!({ "type": "text", "text": { "content": text, "link": link } })),
        1 => text().prop_map(|text| json!({ "type": "equation", "equation": { "expression": text } })),
        1 => id.prop_flat_map(|id| prop_oneof![
            Just(json!({ "type": "user", "user": { "id": id.clone() } })),
            Just(json!({ "type": "page", "page": { "id": id.clone() } })),
            Just(json!({ "type": "database", "database": { "id": id.clone() } })),
            Just(json!({ "type": "custom_emoji", "custom_emoji": { "id": id.clone() } })),
            Just(json!({ "type": "date", "date": { "start": "2026-01-10" } })),
            Just(json!({ "type": "date", "date": { "start": "2026-01-10T09:00:00+01:00", "end": "2026-01-11", "time_zone": "Europe/Rome" } })),
            Just(json!({ "type": "template_mention", "template_mention": { "type": "template_mention_user", "template_mention_user": "me" } })),
        ])
        .prop_map(|mention| json!({ "type": "mention", "mention": mention, "plain_text": "The `*[<\\plan" })),
    ]
}

/// Rich text with every annotation, colour and kind of element.
pub(crate) fn rich_text() -> impl Strategy<Value = Value> {
    let annotations =
        (prop::bits::u8::between(0, 5), prop::option::weighted(0.3, prop::sample::select(&COLORS[..])));
    let element = (content(), prop::option::weighted(0.6, annotations)).prop_map(|(mut element, looks)| {
        if let Some((bits, color)) = looks {
            element["annotations"] = json!({
                "bold": bits & 1 > 0, "italic": bits & 2 > 0, "strikethrough": bits & 4 > 0,
                "underline": bits & 8 > 0, "code": bits & 16 > 0, "color": color.unwrap_or("default"),
            });
        }
        element
    });
    prop::collection::vec(element, 0..6).prop_map(Value::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn rich_text_survives_markdown(elements in rich_text()) {
        let markdown = from_rich_text(&elements);
        prop_assert_eq!(to_rich_text(&markdown), normalised(&elements), "{}", markdown);
        let line = in_document(&elements, false).text;
        prop_assert!(!line.contains('\n'), "{}", line);
        prop_assert_eq!(to_rich_text(line.trim_matches([' ', '\t'])), normalised(&elements), "{}", line);
        let lines = in_document(&elements, true).text;
        prop_assert_eq!(to_rich_text(lines.trim_matches([' ', '\t'])), normalised(&elements), "{}", lines);
    }

    #[test]
    fn any_text_is_read_and_means_the_same_when_written_again(text in "([ ab*_~`$<>\\[\\]()\\\\!&#;/]|<b>|</b>|<br>|\\]\\(https://a\\)|\\PC){0,30}") {
        let elements = Value::from(to_rich_text(&text));
        prop_assert_eq!(Value::from(to_rich_text(&from_rich_text(&elements))), elements);
    }
}
