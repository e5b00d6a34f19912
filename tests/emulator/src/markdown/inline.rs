//! Inline marks: bold, italic, strikethrough, code, links, equations, and by Notion's own tags underline, colors and
//! mentions.

use serde_json::{Value, json};

use crate::identifiers::id_of_url;
use crate::json::{Peek, put};
use crate::markdown::tag::{self, Tag};

/// Signs that mean something, and stand for themselves after a backslash.
const SPECIAL: &str = "\\*~`$[]<>{}|^";
/// How deep marks are read inside of marks.
const DEPTH: usize = 20;

/// Rich text in the form of a request.
pub(crate) fn parse(text: &str) -> Value {
    let mut runs = Vec::new();
    scan(text, &Style { marks: json!({}), link: None, depth: 0 }, &mut runs);
    Value::from(runs)
}

/// What holds for the text inside of marks.
#[derive(Clone)]
struct Style {
    marks: Value,
    link: Option<String>,
    depth: usize,
}

impl Style {
    fn with(&self, mark: &str, value: Value) -> Style {
        let mut style = self.clone();
        put(&mut style.marks, mark, value);
        style.depth += 1;
        style
    }

    fn run(&self, key: &str, value: Value) -> Value {
        let mut run = json!({"annotations": self.marks});
        put(&mut run, key, value);
        run
    }
}

fn push(text: &str, style: &Style, runs: &mut Vec<Value>) {
    // The API's limit holds for what the server makes too.
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(1000) {
        let piece: String = piece.iter().collect();
        let link = style.link.as_ref().map(|url| json!({"url": url}));
        runs.push(style.run("text", json!({"content": piece, "link": link})));
    }
}

fn flush(plain: &mut String, style: &Style, runs: &mut Vec<Value>) {
    push(plain, style, runs);
    plain.clear();
}

/// Where a fence closes, past escapes and past longer runs of the same sign.
fn closing(text: &str, fence: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with('\\') {
            at += step + rest.chars().nth(1).map_or(0, char::len_utf8);
            continue;
        }
        if fence.starts_with('*') {
            let run = rest.len() - rest.trim_start_matches('*').len();
            match (fence.len(), run) {
                (_, 0) => at += step,
                (2, 1) | (1, 2) => at += run,
                (length, _) => return Some(at + run - length),
            }
            continue;
        }
        if rest.starts_with(fence) {
            return Some(at);
        }
        at += step;
    }
    None
}

/// The text between two fences, and what follows.
fn fenced<'a>(rest: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let inner = rest.strip_prefix(open)?;
    let end = if open == "`" { inner.find('`')? } else { closing(inner, close)? };
    let (inner, after) = inner.split_at_checked(end)?;
    Some((inner, after.strip_prefix(close)?)).filter(|(inner, _)| !inner.is_empty())
}

fn scan(text: &str, style: &Style, runs: &mut Vec<Value>) {
    const MARKS: [(&str, &str); 3] = [("**", "bold"), ("~~", "strikethrough"), ("*", "italic")];
    let mut plain = String::new();
    let mut rest = text;
    'scan: while let Some(letter) = rest.chars().next() {
        let escaped = rest.strip_prefix('\\').and_then(|after| after.chars().next());
        if let Some(escaped) = escaped.filter(|escaped| SPECIAL.contains(*escaped)) {
            plain.push(escaped);
            rest = rest.get(1 + escaped.len_utf8()..).unwrap_or_default();
            continue;
        }
        if style.depth < DEPTH {
            for (fence, mark) in MARKS {
                if let Some((inner, after)) = fenced(rest, fence, fence) {
                    flush(&mut plain, style, runs);
                    scan(inner, &style.with(mark, json!(true)), runs);
                    rest = after;
                    continue 'scan;
                }
            }
            if let Some(after) = tagged(rest, style, &mut plain, runs) {
                rest = after;
                continue;
            }
        }
        if let Some((inner, after)) = fenced(rest, "`", "`") {
            flush(&mut plain, style, runs);
            push(inner, &style.with("code", json!(true)), runs);
            rest = after;
            continue;
        }
        let equation = fenced(rest, "$`", "`$").or_else(|| {
            // A lone dollar is money: an equation has no space at its ends.
            fenced(rest, "$", "$").filter(|(inner, _)| inner.trim() == *inner && !inner.contains('\n'))
        });
        if let Some((expression, after)) = equation {
            flush(&mut plain, style, runs);
            runs.push(style.run("equation", json!({"expression": expression})));
            rest = after;
            continue;
        }
        if let Some((label, url, after)) = linked(rest).filter(|_| style.depth < DEPTH) {
            flush(&mut plain, style, runs);
            let mut inside = style.clone();
            (inside.link, inside.depth) = (Some(url.to_owned()), style.depth + 1);
            scan(label, &inside, runs);
            rest = after;
            continue;
        }
        plain.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    flush(&mut plain, style, runs);
}

fn linked(rest: &str) -> Option<(&str, &str, &str)> {
    let inner = rest.strip_prefix('[')?;
    let (label, after) = inner.split_at_checked(closing(inner, "](")?)?;
    let (url, after) = after.strip_prefix("](")?.split_once(')')?;
    Some((label, url, after))
}

/// Reads a tag: a line break, a span with its inside, a mention. Answers with what follows.
fn tagged<'a>(rest: &'a str, style: &Style, plain: &mut String, runs: &mut Vec<Value>) -> Option<&'a str> {
    let (Tag { name, attributes, is_closed }, after) = tag::open(rest)?;
    let attribute =
        |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    if name == "br" {
        plain.push('\n');
        return Some(after);
    }
    let (inner, after) = if is_closed { ("", after) } else { after.split_once(&format!("</{name}>"))? };
    let id = attribute("url").map(id_of_url);
    let mention = match (name.as_str(), id) {
        ("span", _) => {
            flush(plain, style, runs);
            let mut inside = style.clone();
            inside.depth += 1;
            if attribute("underline") == Some("true") {
                inside = inside.with("underline", json!(true));
            }
            if let Some(color) = attribute("color") {
                inside = inside.with("color", json!(tag::color_of(color)));
            }
            scan(inner, &inside, runs);
            return Some(after);
        }
        ("mention-user", Some(id)) => json!({"user": {"id": id}}),
        ("mention-page", Some(id)) => json!({"page": {"id": id}}),
        ("mention-database", Some(id)) => json!({"database": {"id": id}}),
        ("mention-date", _) => {
            json!({"date": {"start": attribute("start")?, "end": attribute("end"), "time_zone": null}})
        }
        _ => return None,
    };
    flush(plain, style, runs);
    runs.push(style.run("mention", mention));
    Some(after)
}

/// Filled rich text as markdown.
pub(crate) fn render(items: &Value) -> String {
    items.as_array().into_iter().flatten().map(render_one).collect()
}

fn render_one(item: &Value) -> String {
    let text = item.text("plain_text").unwrap_or_default();
    let marks = item.at("annotations");
    let is_text = item.text("type") == Some("text");
    let mut out = match item.text("type") {
        Some("equation") => format!("$`{text}`$"),
        Some("mention") => mention(item.at("mention"), text),
        _ if marks.is_true("code") => format!("`{text}`"),
        _ => escape(text),
    };
    if out.is_empty() {
        return out;
    }
    for (mark, fence) in [("italic", "*"), ("bold", "**"), ("strikethrough", "~~")] {
        if marks.is_true(mark) {
            out = format!("{fence}{out}{fence}");
        }
    }
    if let Some(url) = item.text("href").filter(|_| is_text) {
        out = format!("[{out}]({})", url.replace(')', "%29"));
    }
    let color = marks.text("color").filter(|color| *color != "default");
    let mut attributes = String::new();
    if let Some(color) = color {
        attributes.push_str(&format!(" color=\"{}\"", tag::short_color(color)));
    }
    if marks.is_true("underline") {
        attributes.push_str(" underline=\"true\"");
    }
    if attributes.is_empty() { out } else { format!("<span{attributes}>{out}</span>") }
}

fn mention(mention: &Value, text: &str) -> String {
    let id = |key: &str| mention.at(key).text("id").unwrap_or_default().to_owned();
    match mention.text("type").unwrap_or_default() {
        "user" => {
            let name = escape(text.trim_start_matches('@'));
            format!("<mention-user url=\"user://{}\">{name}</mention-user>", id("user"))
        }
        kind @ ("page" | "database") => {
            let url = crate::model::page::url_of(&id(kind));
            format!("<mention-{kind} url=\"{url}\">{}</mention-{kind}>", escape(text))
        }
        "date" => {
            let date = mention.at("date");
            let end = date.text("end").map(|end| format!(" end=\"{end}\"")).unwrap_or_default();
            format!("<mention-date start=\"{}\"{end}/>", date.text("start").unwrap_or_default())
        }
        _ => escape(text),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == '\n' {
            out.push_str("<br>");
            continue;
        }
        if SPECIAL.contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Workspace;
    use crate::rich_text;

    #[test]
    fn marks_and_links_become_runs() {
        let runs = parse("a **b** [c](https://d.example) `e`");
        let texts: Vec<&str> =
            runs.as_array().unwrap().iter().map(|run| run["text"]["content"].as_str().unwrap()).collect();
        assert_eq!(texts, ["a ", "b", " ", "c", " ", "e"]);
        assert_eq!(runs[1]["annotations"]["bold"], true);
        assert_eq!(runs[3]["text"]["link"]["url"], "https://d.example");
    }

    #[test]
    fn what_is_rendered_reads_as_it_was() {
        let workspace = Workspace::new(1);
        for runs in [
            json!([{"text": {"content": "both"}, "annotations": {"bold": true, "italic": true}}]),
            json!([{"text": {"content": "a*b_c`d\\e<f>{g}|h^i$j~k[l]"}}]),
            json!([{"text": {"content": "one\ntwo"}, "annotations": {"underline": true, "color": "red_background"}}]),
            json!([{"text": {"content": "x"}, "annotations": {"strikethrough": true}}, {"text": {"content": " costs $5"}}]),
            json!([{"text": {"content": "link", "link": {"url": "https://e.example/a?b=c"}}, "annotations": {"bold": true}}]),
            json!([{"equation": {"expression": "a^{2}"}}, {"text": {"content": " = 4"}}]),
            json!([{"mention": {"date": {"start": "2026-05-01", "end": "2026-05-02"}}}]),
            json!([{"mention": {"user": {"id": "00000000-0000-4000-8000-000000000000"}}}]),
        ] {
            let filled = rich_text::fill(&workspace, &runs);
            let markdown = render(&filled);
            assert_eq!(rich_text::fill(&workspace, &parse(&markdown)), filled, "{markdown}");
        }
    }
}
