//! Inline marks: bold, italic, strikethrough, code, links, equations.

use serde_json::{Value, json};

use crate::json::{Peek, put};

/// Rich text in the form of a request.
pub(crate) fn parse(text: &str) -> Value {
    let mut runs = Vec::new();
    scan(text, &json!({}), None, &mut runs);
    Value::from(runs)
}

fn push(text: &str, marks: &Value, link: Option<&str>, runs: &mut Vec<Value>) {
    // The API's limit holds for what the server makes too.
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(2000) {
        let piece: String = piece.iter().collect();
        runs.push(json!({
            "text": {"content": piece, "link": link.map(|url| json!({"url": url}))}, "annotations": marks,
        }));
    }
}

fn marked(marks: &Value, mark: &str) -> Value {
    let mut marks = marks.clone();
    put(&mut marks, mark, json!(true));
    marks
}

fn scan(text: &str, marks: &Value, link: Option<&str>, runs: &mut Vec<Value>) {
    const MARKS: [(&str, &str); 4] =
        [("**", "bold"), ("~~", "strikethrough"), ("`", "code"), ("*", "italic")];
    let mut plain = String::new();
    let mut rest = text;
    'scan: while let Some(letter) = rest.chars().next() {
        if let Some(escaped) = rest.strip_prefix('\\').and_then(|after| after.chars().next()) {
            plain.push(escaped);
            rest = rest.get(1 + escaped.len_utf8()..).unwrap_or_default();
            continue;
        }
        for (fence, mark) in MARKS {
            let inner = rest.strip_prefix(fence).and_then(|after| after.split_once(fence));
            if let Some((inner, after)) = inner.filter(|(inner, _)| !inner.is_empty()) {
                push_plain(&mut plain, marks, link, runs);
                if mark == "code" {
                    push(inner, &marked(marks, mark), link, runs);
                } else {
                    scan(inner, &marked(marks, mark), link, runs);
                }
                rest = after;
                continue 'scan;
            }
        }
        let linked = rest
            .strip_prefix('[')
            .and_then(|after| after.split_once("]("))
            .and_then(|(label, after)| after.split_once(')').map(|(url, after)| (label, url, after)));
        if let Some((label, url, after)) = linked.filter(|(label, _, _)| !label.contains('[')) {
            push_plain(&mut plain, marks, link, runs);
            scan(label, marks, Some(url), runs);
            rest = after;
            continue;
        }
        let equation = rest.strip_prefix("$`").and_then(|after| after.split_once("`$"));
        if let Some((expression, after)) = equation {
            push_plain(&mut plain, marks, link, runs);
            runs.push(json!({"equation": {"expression": expression}, "annotations": marks}));
            rest = after;
            continue;
        }
        plain.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    push_plain(&mut plain, marks, link, runs);
}

fn push_plain(plain: &mut String, marks: &Value, link: Option<&str>, runs: &mut Vec<Value>) {
    if !plain.is_empty() {
        push(plain, marks, link, runs);
        plain.clear();
    }
}

/// Filled rich text as markdown.
pub(crate) fn render(items: &Value) -> String {
    items.as_array().into_iter().flatten().map(render_one).collect()
}

fn render_one(item: &Value) -> String {
    let text = item.text("plain_text").unwrap_or_default();
    let marks = item.at("annotations");
    if item.text("type") == Some("equation") {
        return format!("$`{text}`$");
    }
    let mut out = if marks.is_true("code") { format!("`{text}`") } else { escape(text) };
    for (mark, fence) in [("italic", "*"), ("bold", "**"), ("strikethrough", "~~")] {
        if marks.is_true(mark) && !text.is_empty() {
            out = format!("{fence}{out}{fence}");
        }
    }
    match item.text("href") {
        Some(url) => format!("[{out}]({url})"),
        None => out,
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '`' | '~' | '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_links_become_runs() {
        let runs = parse("a **b** [c](https://d.example) `e`");
        let texts: Vec<&str> =
            runs.as_array().unwrap().iter().map(|run| run["text"]["content"].as_str().unwrap()).collect();
        assert_eq!(texts, ["a ", "b", " ", "c", " ", "e"]);
        assert_eq!(runs[1]["annotations"]["bold"], true);
        assert_eq!(runs[3]["text"]["link"]["url"], "https://d.example");
    }
}
