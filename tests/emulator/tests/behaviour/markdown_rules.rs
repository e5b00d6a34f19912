//! Enhanced markdown against Notion's page about it, rule by rule: a text makes these blocks.

use serde_json::{Value, json};

use crate::client::App;

/// What a text says in the form of blocks: type, text, and what is below.
async fn made_of(app: &App, markdown: &str, version: Option<&str>) -> Value {
    let mut body = json!({
        "parent": {"page_id": app.emulator.ids().root_page},
        "properties": {"title": {"title": [{"text": {"content": "Rules"}}]}},
        "markdown": markdown,
    });
    if let Some(version) = version {
        body["markdown_version"] = json!(version);
    }
    let page = app.post("/v1/pages", body).await.ok();
    outline(app, page["id"].as_str().unwrap()).await
}

fn text_of(runs: &Value) -> String {
    runs.as_array().into_iter().flatten().map(|run| run["plain_text"].as_str().unwrap()).collect()
}

pub(crate) fn outline<'a>(app: &'a App, id: &'a str) -> std::pin::Pin<Box<dyn Future<Output = Value> + 'a>> {
    Box::pin(async move {
        let children = app.get(&format!("/v1/blocks/{id}/children")).await.ok();
        let mut lines = Vec::new();
        for block in children["results"].as_array().unwrap() {
            let kind = block["type"].as_str().unwrap();
            let content = &block[kind];
            let mut line = json!([kind, text_of(&content["rich_text"])]);
            if let Some(cells) = content["cells"].as_array() {
                line[1] = json!(cells.iter().map(text_of).collect::<Vec<String>>().join("|"));
            }
            for (key, usual) in [
                ("color", json!("default")),
                ("is_toggleable", json!(false)),
                ("checked", json!(false)),
                ("language", json!("plain text")),
                ("expression", Value::Null),
                ("title", Value::Null),
                ("has_row_header", json!(false)),
                ("has_column_header", json!(false)),
            ] {
                if !content[key].is_null() && content[key] != usual {
                    line.as_array_mut().unwrap().push(json!({key: content[key]}));
                }
            }
            if let Some(url) = content["external"]["url"].as_str().or(content["url"].as_str()) {
                line.as_array_mut().unwrap().push(json!([url, text_of(&content["caption"])]));
            }
            if block["has_children"] == true {
                line.as_array_mut().unwrap().push(outline(app, block["id"].as_str().unwrap()).await);
            }
            lines.push(line);
        }
        Value::from(lines)
    })
}

#[tokio::test]
async fn every_rule_of_enhanced_markdown_makes_the_block_that_notion_makes() {
    let app = App::start().await;
    for (markdown, blocks) in [
        // Indentation: a tab for each level.
        ("a\n\tb\n\t\tc", json!([["paragraph", "a", [["paragraph", "b", [["paragraph", "c"]]]]]])),
        (
            "- a\n\t- b\n\t\t- c\n- d",
            json!([
                ["bulleted_list_item", "a", [["bulleted_list_item", "b", [["bulleted_list_item", "c"]]]]],
                ["bulleted_list_item", "d"],
            ]),
        ),
        // Escapes: these signs and no others; none in code.
        (
            r"\* \~ \` \$ \[ \] \< \> \{ \} \| \^ \\ \a",
            json!([["paragraph", r"* ~ ` $ [ ] < > { } | ^ \ \a"]]),
        ),
        ("```\n\\* <br> **\n```", json!([["code", "\\* <br> **"]])),
        // Text and its color.
        ("Text {color=\"blue\"}", json!([["paragraph", "Text", {"color": "blue"}]])),
        ("Text {color=\"blue_bg\"}", json!([["paragraph", "Text", {"color": "blue_background"}]])),
        // Headings: four levels, and two more that are the fourth; no children.
        (
            "# one\n## two\n### three\n#### four",
            json!([
                ["heading_1", "one"],
                ["heading_2", "two"],
                ["heading_3", "three"],
                ["heading_4", "four"],
            ]),
        ),
        ("##### five\n###### six", json!([["heading_4", "five"], ["heading_4", "six"]])),
        ("####### seven", json!([["paragraph", "####### seven"]])),
        ("#no blank", json!([["paragraph", "#no blank"]])),
        ("## two\n\tbelow", json!([["heading_2", "two"], ["paragraph", "below"]])),
        (
            "# one {toggle=\"true\" color=\"red\"}\n\tbelow",
            json!([
                ["heading_1", "one", {"color": "red"}, {"is_toggleable": true}, [["paragraph", "below"]]],
            ]),
        ),
        // Lists: text in an item, another block below an empty one.
        (
            "- a\n- b\n1. c\n2. d",
            json!([
                ["bulleted_list_item", "a"],
                ["bulleted_list_item", "b"],
                ["numbered_list_item", "c"],
                ["numbered_list_item", "d"],
            ]),
        ),
        ("- # head", json!([["bulleted_list_item", "", [["heading_1", "head"]]]])),
        ("1. > said", json!([["numbered_list_item", "", [["quote", "said"]]]])),
        (
            "- a {color=\"red\"}\n\tbelow",
            json!([["bulleted_list_item", "a", {"color": "red"}, [["paragraph", "below"]]]]),
        ),
        (
            "- [ ] open\n- [x] done\n\t- [ ] below",
            json!([
                ["to_do", "open"], ["to_do", "done", {"checked": true}, [["to_do", "below"]]],
            ]),
        ),
        // Quotes: each line is one.
        ("> a\n> b", json!([["quote", "a"], ["quote", "b"]])),
        (
            "> a<br>b {color=\"gray\"}\n\tbelow",
            json!([["quote", "a\nb", {"color": "gray"}, [["paragraph", "below"]]]]),
        ),
        (">", json!([["quote", ""]])),
        // Toggles and callouts.
        (
            "<details color=\"red\">\n<summary>T</summary>\n\tin\n</details>\nout",
            json!([
                ["toggle", "T", {"color": "red"}, [["paragraph", "in"]]], ["paragraph", "out"],
            ]),
        ),
        (
            "<callout icon=\"💡\" color=\"blue_bg\">\n\tText\n\t- in\n</callout>",
            json!([
                ["callout", "Text", {"color": "blue_background"}, [["bulleted_list_item", "in"]]],
            ]),
        ),
        // Code: the language, when it is known; of more words behind the fence, the first.
        ("```python\nx\n```", json!([["code", "x", {"language": "python"}]])),
        ("```Python title=\"a.py\"\nx\n```", json!([["code", "x", {"language": "python"}]])),
        ("```plain text\nx\n```", json!([["code", "x"]])),
        ("```klingon\nx\n```", json!([["code", "x"]])),
        ("```mermaid\ngraph TD\n```", json!([["code", "graph TD", {"language": "mermaid"}]])),
        // Equations.
        ("$$\nx^2\n$$", json!([["equation", "", {"expression": "x^2"}]])),
        ("$$ x^2 $$\nafter", json!([["equation", "", {"expression": "x^2"}], ["paragraph", "after"]])),
        // Tables.
        (
            "| a | b |\n| --- | --- |\n| 1 \\| 2 | 3 |",
            json!([
                ["table", "", {"has_column_header": true}, [["table_row", "a|b"], ["table_row", "1 | 2|3"]]],
            ]),
        ),
        (
            "<table fit-page-width=\"true\" header-row=\"true\" header-column=\"true\">\n\t<colgroup>\n\t\t<col color=\"red\">\n\
             \t</colgroup>\n\t<tr color=\"blue\">\n\t\t<td color=\"green\">a</td>\n\t\t<td>b</td>\n\t</tr>\n</table>",
            json!([["table", "", {"has_row_header": true}, {"has_column_header": true}, [["table_row", "a|b"]]]]),
        ),
        // Dividers and empty lines.
        ("a\n---\nb", json!([["paragraph", "a"], ["divider", ""], ["paragraph", "b"]])),
        ("a\n\n\nb", json!([["paragraph", "a"], ["paragraph", "b"]])),
        ("a\n<empty-block/>\nb", json!([["paragraph", "a"], ["paragraph", ""], ["paragraph", "b"]])),
        // Columns.
        (
            "<columns>\n\t<column>\n\t\ta\n\t</column>\n\t<column>\n\t\t- b\n\t</column>\n</columns>",
            json!([[
                "column_list",
                "",
                [["column", "", [["paragraph", "a"]]], ["column", "", [["bulleted_list_item", "b"]]],]
            ],]),
        ),
        // Media.
        (
            "![A *b*](https://x.example/a.png) {color=\"red\"}",
            json!([["image", "", ["https://x.example/a.png", "A b"]]]),
        ),
        (
            "<audio src=\"https://x.example/a\" color=\"red\">Song</audio>",
            json!([["audio", "", ["https://x.example/a", "Song"]]]),
        ),
        ("<video src=\"https://x.example/a\"></video>", json!([["video", "", ["https://x.example/a", ""]]])),
        ("<file src=\"https://x.example/a\">F</file>", json!([["file", "", ["https://x.example/a", "F"]]])),
        ("<pdf src=\"https://x.example/a\">P</pdf>", json!([["pdf", "", ["https://x.example/a", "P"]]])),
        // The rest.
        ("<table_of_contents color=\"gray\"/>", json!([["table_of_contents", "", {"color": "gray"}]])),
        ("<synced_block>\n\tin\n</synced_block>", json!([["synced_block", "", [["paragraph", "in"]]]])),
    ] {
        assert_eq!(made_of(&app, markdown, None).await, blocks, "{markdown}");
    }
}

#[tokio::test]
async fn every_format_of_enhanced_markdown_styles_its_text() {
    let app = App::start().await;
    let planted =
        app.emulator.plant(&json!({"custom_emojis": [{"name": "bufo", "url": "https://x.example/b.png"}]}));
    let emoji = planted.unwrap()["custom_emojis"][0].clone();
    let ids = app.emulator.ids();
    let url = |id: &str| format!("https://app.notion.com/p/{}", id.replace('-', ""));
    for (markdown, pointer, wanted) in [
        ("**a**".to_owned(), "/annotations/bold", json!(true)),
        ("*a*".to_owned(), "/annotations/italic", json!(true)),
        ("~~a~~".to_owned(), "/annotations/strikethrough", json!(true)),
        ("<span underline=\"true\">a</span>".to_owned(), "/annotations/underline", json!(true)),
        ("`a`".to_owned(), "/annotations/code", json!(true)),
        ("[a](https://x.example)".to_owned(), "/href", json!("https://x.example")),
        ("$a+b$".to_owned(), "/equation/expression", json!("a+b")),
        ("a<br>b".to_owned(), "/plain_text", json!("a\nb")),
        ("<span color=\"red\">a</span>".to_owned(), "/annotations/color", json!("red")),
        ("<span color=\"red_bg\">a</span>".to_owned(), "/annotations/color", json!("red_background")),
        ("It costs $5 to $10".to_owned(), "/plain_text", json!("It costs $5 to $10")),
        (
            format!("<mention-user url=\"user://{}\">Ada</mention-user>", ids.ada),
            "/mention/user/name",
            json!("Ada Lovelace"),
        ),
        (format!("<mention-user url=\"user://{}\"/>", ids.ada), "/mention/user/id", json!(ids.ada)),
        (
            format!("<mention-page url=\"{}\">T</mention-page>", url(&ids.root_page)),
            "/mention/page/id",
            json!(ids.root_page),
        ),
        (
            format!("<mention-database url=\"{}\"/>", url(&ids.tasks_database)),
            "/mention/database/id",
            json!(ids.tasks_database),
        ),
        (
            format!("<mention-data-source url=\"collection://{}\"/>", ids.tasks_data_source),
            "/mention/database/id",
            json!(ids.tasks_database),
        ),
        (
            "<mention-date start=\"2026-05-01\" end=\"2026-05-02\"/>".to_owned(),
            "/mention/date/end",
            json!("2026-05-02"),
        ),
        (
            "<mention-date start=\"2026-05-01\" startTime=\"09:30\" timeZone=\"Europe/Berlin\"/>".to_owned(),
            "/mention/date/start",
            json!("2026-05-01T09:30:00.000+02:00"),
        ),
        (":bufo:".to_owned(), "/mention/custom_emoji/id", emoji),
        (":nobody: at 10:30:45".to_owned(), "/plain_text", json!(":nobody: at 10:30:45")),
    ] {
        let body = json!({"parent": {"page_id": ids.root_page}, "markdown": format!("# T\n{markdown}")});
        let page = app.post("/v1/pages", body).await.ok();
        let children = app.get(&format!("/v1/blocks/{}/children", page["id"].as_str().unwrap())).await.ok();
        let run = &children["results"][0]["paragraph"]["rich_text"][0];
        assert_eq!(run.pointer(pointer), Some(&wanted), "{markdown}: {run}");
    }
}

#[tokio::test]
async fn the_color_of_a_cell_comes_before_its_rows_and_that_before_its_columns() {
    let app = App::start().await;
    let text = "# T\n<table>\n\t<colgroup>\n\t\t<col color=\"red\">\n\t\t<col>\n\t</colgroup>\n\t<tr color=\"blue\">\n\
                \t\t<td color=\"green\">a</td>\n\t\t<td>b</td>\n\t</tr>\n\t<tr>\n\t\t<td>c</td>\n\t\t<td>d</td>\n\t</tr>\n</table>";
    let body = json!({"parent": {"page_id": app.emulator.ids().root_page}, "markdown": text});
    let page = app.post("/v1/pages", body).await.ok();
    let table = app.get(&format!("/v1/blocks/{}/children", page["id"].as_str().unwrap())).await.ok();
    let table = table["results"][0]["id"].as_str().unwrap().to_owned();
    let rows = app.get(&format!("/v1/blocks/{table}/children")).await.ok();
    let color = |row: usize, cell: usize| {
        rows["results"][row]["table_row"]["cells"][cell][0]["annotations"]["color"].clone()
    };
    let colors: Vec<Value> = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(row, cell)| color(row, cell)).into();
    assert_eq!(colors, ["green", "blue", "red", "default"]);
}

#[tokio::test]
async fn every_rule_of_notion_flavored_markdown_makes_its_block() {
    let app = App::start().await;
    for (markdown, blocks) in [
        // Blocks are separated by blank lines; a line break alone starts none.
        ("a\nb\n\nc", json!([["paragraph", "a b"], ["paragraph", "c"]])),
        ("a\\\nb", json!([["paragraph", "a\nb"]])),
        ("a\n\n<p />\n\nb", json!([["paragraph", "a"], ["paragraph", ""], ["paragraph", "b"]])),
        ("a {color=\"red\"}", json!([["paragraph", "a {color=\"red\"}"]])),
        // What interrupts a paragraph in CommonMark.
        (
            "a\n# b\nc\n---\n- d",
            json!([
                ["paragraph", "a"],
                ["heading_1", "b"],
                ["paragraph", "c"],
                ["divider", ""],
                ["bulleted_list_item", "d"],
            ]),
        ),
        // A tab indents children in lists alone.
        (
            "- a\n\t- b\n\t\t1. c\n- d",
            json!([
                ["bulleted_list_item", "a", [["bulleted_list_item", "b", [["numbered_list_item", "c"]]]]],
                ["bulleted_list_item", "d"],
            ]),
        ),
        (
            "- a\n  - b\n\n- c",
            json!([["bulleted_list_item", "a", [["bulleted_list_item", "b"]]], ["bulleted_list_item", "c"],]),
        ),
        (
            "1. a\n\n\tbelow\n\n2. b",
            json!([["numbered_list_item", "a", [["paragraph", "below"]]], ["numbered_list_item", "b"],]),
        ),
        ("a\n\tb", json!([["paragraph", "a b"]])),
        ("- [ ] a\n- [x] b", json!([["to_do", "a"], ["to_do", "b", {"checked": true}]])),
        // Headings, five and six among them.
        ("##### five", json!([["heading_4", "five"]])),
        ("<h2 color=\"red\">\nTitle\n</h2>", json!([["heading_2", "Title", {"color": "red"}]])),
        // One shape of container: its text, a blank line, its children.
        (
            "<p color=\"red\">\nText\n\nbelow\n</p>",
            json!([["paragraph", "Text", {"color": "red"}, [["paragraph", "below"]]]]),
        ),
        (
            "<quote color=\"purple_bg\">\nTitle text\n\n- child bullet\n\n<callout icon=\"💡\" color=\"yellow_bg\">\nBody\n\
             </callout>\n</quote>",
            json!([["quote", "Title text", {"color": "purple_background"}, [
                ["bulleted_list_item", "child bullet"], ["callout", "Body", {"color": "yellow_background"}],
            ]]]),
        ),
        ("<toggle>\nT\n\nin\n</toggle>", json!([["toggle", "T", [["paragraph", "in"]]]])),
        (
            "<toggle heading=\"h2\" color=\"red\">\nT\n\nin\n</toggle>",
            json!([
                ["heading_2", "T", {"color": "red"}, {"is_toggleable": true}, [["paragraph", "in"]]],
            ]),
        ),
        ("<toggle>\n<p />\n\nin\n</toggle>", json!([["toggle", "", [["paragraph", "in"]]]])),
        (
            "<ul>\n<li color=\"red\">\na\n\nbelow\n</li>\n<li>\nb\n</li>\n</ul>",
            json!([
                ["bulleted_list_item", "a", {"color": "red"}, [["paragraph", "below"]]], ["bulleted_list_item", "b"],
            ]),
        ),
        ("<ol type=\"1\">\n<li>\na\n</li>\n</ol>", json!([["numbered_list_item", "a"]])),
        (
            "<todo checked=\"true\" color=\"red\">a</todo>",
            json!([["to_do", "a", {"color": "red"}, {"checked": true}]]),
        ),
        (
            "<columns>\n<column ratio=\"50\">\na\n\nb\n</column>\n<column>\n<column_x/>\n</column>\n</columns>",
            json!([[
                "column_list",
                "",
                [
                    ["column", "", [["paragraph", "a"], ["paragraph", "b"]]],
                    ["column", "", [["paragraph", "<column_x/>"]]],
                ]
            ],]),
        ),
        (
            "<tabs>\n<tab icon=\"💡\">\nOne\n\nin\n</tab>\n</tabs>",
            json!([["tab", "", [["paragraph", "One", [["paragraph", "in"]]]]],]),
        ),
        ("> a\n> b\n>\n> - c", json!([["quote", "a b", [["bulleted_list_item", "c"]]]])),
        // Code: the fence is longer than what is inside.
        ("````\n```\nx\n```\n````", json!([["code", "```\nx\n```"]])),
        ("```js {1,3}\nx\n```", json!([["code", "x"]])),
        ("```rust title\nx\n```", json!([["code", "x", {"language": "rust"}]])),
        ("    not code", json!([["paragraph", "not code"]])),
        // Equations.
        ("$$\nx^2\n$$", json!([["equation", "", {"expression": "x^2"}]])),
        ("<equation color=\"red\">x + y</equation>", json!([["equation", "", {"expression": "x + y"}]])),
        // Media.
        ("![c](https://x.example/a.png)", json!([["image", "", ["https://x.example/a.png", "c"]]])),
        (
            "<image source=\"https://x.example/a.png\" color=\"red\">c</image>",
            json!([["image", "", ["https://x.example/a.png", "c"]]]),
        ),
        (
            "<bookmark source=\"https://x.example\">c</bookmark>",
            json!([["bookmark", "", ["https://x.example", "c"]]]),
        ),
        ("<embed source=\"https://x.example\"></embed>", json!([["embed", "", ["https://x.example", ""]]])),
        ("<pdf source=\"https://x.example/a\">P</pdf>", json!([["pdf", "", ["https://x.example/a", "P"]]])),
        ("<table-of-contents color=\"gray\" />", json!([["table_of_contents", "", {"color": "gray"}]])),
        ("<synced-block>\nin\n</synced-block>", json!([["synced_block", "", [["paragraph", "in"]]]])),
        // Tables.
        (
            "| a | b |\n| --- | :-: |\n| 1 \\| 2 | 3 |\n\nafter",
            json!([
                ["table", "", {"has_column_header": true}, [["table_row", "a|b"], ["table_row", "1 | 2|3"]]],
                ["paragraph", "after"],
            ]),
        ),
        (
            "<table header-column=\"true\">\n<tr>\n<th>a</th>\n<td>b<br />c</td>\n</tr>\n</table>",
            json!([
                ["table", "", {"has_row_header": true}, [["table_row", "a|b\nc"]]],
            ]),
        ),
        // Other tags are text.
        ("<details>x</details>", json!([["paragraph", "<details>x</details>"]])),
        ("<quote>never closed", json!([["paragraph", "<quote>never closed"]])),
    ] {
        assert_eq!(made_of(&app, markdown, Some("v2")).await, blocks, "{markdown}");
    }
}
