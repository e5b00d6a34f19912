use proptest::prelude::*;
use serde_json::{Value, json};

use super::generated::any_block;
use crate::blocks::{compact, for_notion, from_markdown, to_markdown, to_notion};
use crate::markdown::People;

fn small(markdown: &str) -> Value {
    from_markdown(markdown).unwrap().blocks.iter().map(compact).collect()
}

#[test]
fn a_line_that_would_make_a_heading_of_the_one_above_stays_text() {
    for text in [":\n--", "a\n==", "a\n--\nb", "--", "==="] {
        for kind in ["paragraph", "heading_3", "bulleted_list_item", "quote", "callout", "to_do"] {
            for children in [json!([]), json!([{"type": "divider"}])] {
                let mut block = json!({"type": kind, "text": text});
                if children != json!([]) {
                    block["children"] = children;
                }
                let notion = to_notion(std::slice::from_ref(&block)).unwrap();
                let markdown = to_markdown(&notion);
                assert_eq!(small(&markdown), json!([block]), "{markdown}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn blocks_survive_a_document(blocks in prop::collection::vec(any_block(), 1..4)) {
        let notion = to_notion(&blocks).unwrap();
        let markdown = to_markdown(&notion);
        let parsed = from_markdown(&markdown).unwrap();
        let back: Vec<Value> = parsed.blocks.iter().map(compact).collect();
        prop_assert_eq!(&back, &blocks, "{}", markdown);
    }

    #[test]
    fn any_document_is_read_or_refused(
        lines in prop::collection::vec(
            "([\t ]{0,6}(#{1,6} |- |- \\[x\\] |1\\. |> |```|~~~|\\$\\$|---|\\||<details>|<summary>|</summary>|</details>|<callout icon=\"x\">|</callout>|<columns>|<column>|</column>|</columns>|<table>|<tr>|<td>|</td>|</tr>|</table>|<tabs>|</tabs>|<page url=\"x\"/>|!\\[a\\]\\(https://b\\)|)[ab*\\[`{}|\\\\]{0,5})",
            0..12,
        ),
    ) {
        let text = lines.join("\n");
        if let Ok(parsed) = from_markdown(&text) {
            let again = from_markdown(&to_markdown(&parsed.blocks)).unwrap();
            let (before, after): (Vec<Value>, Vec<Value>) =
                (parsed.blocks.iter().map(compact).collect(), again.blocks.iter().map(compact).collect());
            prop_assert_eq!(after, before, "{}", text);
        }
    }
}

#[test]
fn what_models_write_becomes_blocks() {
    let markdown = "# Plan\n\nFirst **line**\nsecond line\n\n- a\n  - b\n    1. c\n- [x] done\n* [ ] open\n\n> quoted\n\n\
        ```js\nlet a = 1;\n\n  b();\n```\n\n| Name | Points |\n|------|:------:|\n| Ada \\| Co | 3 |\n| Bo |\n\n---\n\
        ![A cat](https://example.com/cat.png)\n\n$$\nx^2\n$$\n\n<details>\n<summary>More **here**</summary>\nhidden\n- item\n</details>\n\
        <callout icon=\"\u{1F4A1}\" color=\"red_bg\">\n\tMind\n\t- the gap\n</callout>\n## Folded {toggle=\"true\"}\n\tinside\n\
        <columns>\n\t<column>\n\t\tleft\n\t</column>\n\t<column>\n\t\tright\n\t</column>\n</columns>";
    assert_eq!(
        small(markdown),
        json!([
            { "type": "heading_1", "text": "Plan" },
            { "type": "paragraph", "text": "First **line**" },
            { "type": "paragraph", "text": "second line" },
            { "type": "bulleted_list_item", "text": "a", "children": [
                { "type": "bulleted_list_item", "text": "b", "children": [{ "type": "numbered_list_item", "text": "c" }] },
            ] },
            { "type": "to_do", "text": "done", "checked": true },
            { "type": "to_do", "text": "open" },
            { "type": "quote", "text": "quoted" },
            { "type": "code", "text": "let a = 1;\n\n  b();", "language": "javascript" },
            { "type": "table", "header_row": true, "rows": [["Name", "Points"], ["Ada | Co", "3"], ["Bo", ""]] },
            { "type": "divider" },
            { "type": "image", "url": "https://example.com/cat.png", "caption": "A cat" },
            { "type": "equation", "expression": "x^2" },
            { "type": "toggle", "text": "More **here**", "children": [
                { "type": "paragraph", "text": "hidden" }, { "type": "bulleted_list_item", "text": "item" },
            ] },
            { "type": "callout", "text": "Mind", "icon": "\u{1F4A1}", "color": "red_background", "children": [
                { "type": "bulleted_list_item", "text": "the gap" },
            ] },
            { "type": "heading_2", "text": "Folded", "children": [{ "type": "paragraph", "text": "inside" }] },
            { "type": "column_list", "children": [
                { "type": "column", "children": [{ "type": "paragraph", "text": "left" }] },
                { "type": "column", "children": [{ "type": "paragraph", "text": "right" }] },
            ] },
        ])
    );
}

#[test]
fn tables_beside_each_other_stay_two() {
    let table = json!({ "type": "table", "header_row": true, "rows": [["a", "b"]] });
    let blocks = [json!({ "type": "toggle", "text": "x", "children": [table, table] }), table.clone(), table];
    assert_eq!(small(&to_markdown(&to_notion(&blocks).unwrap())), json!(blocks));
    let listed =
        [json!({ "type": "bulleted_list_item", "text": "x", "children": [blocks[1]] }), blocks[1].clone()];
    assert_eq!(small(&to_markdown(&to_notion(&listed).unwrap())), json!(listed));
}

#[test]
fn what_has_no_block_is_kept_and_named() {
    let parsed = from_markdown(
        "###### Deep\n<div>x</div>\n<!-- c -->\n[1]: https://a.b\n```klingon\nx\n```\n3. three\na ![b](https://c.d) e\n\
         > - f\n</details>\n<unknown url=\"u\" alt=\"form\"/>\n[x](https://y.z \"title\")\n<callout>\nopen",
    )
    .unwrap();
    let back: Vec<Value> = parsed.blocks.iter().map(compact).collect();
    for text in [
        "<div>x</div>",
        "<!-- c -->",
        "[1]: https://a.b",
        "</details>",
        "<unknown url=",
        "![b](https://c.d)",
        "open",
    ] {
        assert!(
            back.iter()
                .any(|block| block["text"].as_str().is_some_and(|own| own.replace('\\', "").contains(text))),
            "{text}: {back:?}"
        );
    }
    for (line, what) in [
        (1, "level 5 or 6"),
        (2, "`<div>`"),
        (3, "comment"),
        (4, "definition"),
        (5, "language"),
        (8, "numbers lists"),
        (9, "image inside text"),
        (11, "ends nothing"),
        (12, "`<unknown>`"),
        (13, "title of a link"),
        (14, "has no end"),
    ] {
        let note = parsed.notes.iter().find(|note| note.starts_with(&format!("Line {line}:")));
        assert!(note.is_some_and(|note| note.contains(what)), "{line} {what}: {:?}", parsed.notes);
    }
}

#[test]
fn what_no_block_can_hold_is_refused_with_its_line() {
    for (markdown, line, message) in [
        ("a\n<table>\n<tr><td>x</td></tr>", 2, "has no `</table>`"),
        ("<table>\nx<tr><td>x</td></tr>\n</table>", 1, "outside of its cells"),
        ("<columns>\n<column>\na\n</column>\n</columns>", 1, "at least two columns"),
        ("a\n\n<columns>\nb\n</columns>", 3, "of type `column` only"),
        ("<bookmark url=\"ftp://x\"/>", 1, "https://"),
    ] {
        let error = from_markdown(markdown).expect_err(markdown);
        assert!(error.message.starts_with(&format!("Line {line}:")), "{markdown}: {}", error.message);
        assert!(error.message.contains(message), "{markdown}: {}", error.message);
    }
    // Short rows are filled up, so a small text could become a large table.
    let wide = "|a".repeat(100);
    let bomb = format!("{wide}|\n{}|\n{}", "|-".repeat(100), "|\n".repeat(9_000));
    assert!(from_markdown(&bomb).expect_err("large").message.contains("9001 rows of 100 cells"));
    let row = "|a".repeat(101);
    assert!(
        from_markdown(&format!("{row}|\n{}|", "|-".repeat(101)))
            .expect_err("wide")
            .message
            .starts_with("Line 1:")
    );
    let deep: String = (0..40).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect();
    assert!(from_markdown(&deep).expect_err("deep").message.contains("32 levels"));
    assert!(from_markdown(&"a\n".repeat(10_001)).expect_err("many").message.contains("10000 blocks"));
    assert!(from_markdown(&"a".repeat(2_000_001)).is_err());
}

#[test]
fn hostile_documents_are_read_in_one_pass() {
    for piece in [
        "<details>",
        "</details>",
        "<summary>",
        "<callout>\n",
        "|a\n",
        "|-|\n",
        "```\n",
        "$$",
        "> ",
        "<table>",
        "<tr>",
        "<td>",
        "![",
        "![](",
        "{a=\"",
        "[a",
        "- ",
    ] {
        let _ = from_markdown(&piece.repeat(200_000 / piece.len()));
        let _ = from_markdown(&format!(
            "<table>{}</table>",
            piece.replace('\n', " ").repeat(100_000 / piece.len())
        ));
    }
}

#[test]
fn a_fence_in_an_item_is_code_in_it() {
    for (text, kind) in [
        ("- ```js\n  x\n  ```\n- y", "bulleted_list_item"),
        ("1. ```js\n   x\n   ```\n2. y", "numbered_list_item"),
        ("- [x] ```js\n  x\n  ```\n- [ ] y", "to_do"),
    ] {
        let parsed = from_markdown(text).expect("blocks");
        assert_eq!(parsed.blocks.len(), 2, "{text}");
        let inside = &parsed.blocks[0][kind]["children"][0];
        assert_eq!(inside["code"]["rich_text"][0]["text"]["content"], "x", "{text}");
        assert_eq!(inside["code"]["language"], "javascript");
    }
}

#[test]
fn what_a_document_cannot_link_or_keep_is_noted() {
    for (text, told) in [
        ("see [a](x.md)", "`x.md` is no address"),
        ("![a](x.png)", "`x.png` is no address"),
        ("[a](#h)", "`#h` is no address"),
        (
            "![a](https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png?X-Amz-Signature=1)",
            "was left out",
        ),
    ] {
        let parsed = from_markdown(text).expect("blocks");
        assert!(parsed.notes.iter().any(|note| note.contains(told)), "{text}: {:?}", parsed.notes);
    }
    let kept = "![a](https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png?X-Amz-Signature=1)";
    let (written, notes) = for_notion(kept, &People::default()).expect("markdown");
    assert!(written.text.contains("b.png") && notes[0].contains("signs for an hour"), "{notes:?}");
}
