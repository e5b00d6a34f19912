//! Runs into inline markdown.
//!
//! What is written lightly is read back, and where that gives anything else, it is written strictly: every look as a tag,
//! every sign escaped. So the round trip is exact by construction, and common text stays as people write it.

use super::emphasis::{flanks, is_inside_word};
use super::escape::{code, escape, escape_all};
use super::form::Form;
use super::link;
use super::people::People;
use super::read::read;
use super::run::{Content, Mention, Run};
use super::tag::encode;
use super::token::Mark;

/// How careful the writer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    Light,
    Strict,
}

/// Runs as markdown; `shown` has the words that mentions are shown with.
pub(super) fn write(runs: &[Run], shown: &[String], form: Form) -> String {
    let light = Writer::new(Care::Light, form).write(runs, shown);
    if read(&light.text, &People::default()).runs == runs {
        return light.text;
    }
    Writer::new(Care::Strict, form).write(runs, shown).text
}

/// Runs as markdown in a document, and whether Notion reads the same of it.
pub(super) fn in_document(runs: &[Run], shown: &[String], form: Form) -> (String, bool) {
    let light = Writer::new(Care::Light, form).write(runs, shown);
    if read(&light.text, &People::default()).runs == runs {
        return (light.text, light.is_notions);
    }
    let strict = Writer::new(Care::Strict, form).write(runs, shown);
    (strict.text, strict.is_notions)
}

/// A mark that is open.
#[derive(Debug)]
struct Opened {
    mark: Mark,
    end: String,
    is_delimiter: bool,
    /// The run before which it ends.
    until: usize,
}

#[derive(Debug)]
struct Writer {
    care: Care,
    form: Form,
    text: String,
    open: Vec<Opened>,
    /// A delimiter just ended something: another right after it would be read as one with it.
    just_closed: bool,
    /// Nothing was written that Notion would take for text.
    is_notions: bool,
}

impl Writer {
    fn new(care: Care, form: Form) -> Self {
        Self { care, form, text: String::new(), open: Vec::new(), just_closed: false, is_notions: true }
    }

    fn write(mut self, runs: &[Run], shown: &[String]) -> Self {
        let lasting = lasting(runs);
        for (place, run) in runs.iter().enumerate() {
            let marks = lasting.get(place).map(Vec::as_slice).unwrap_or_default();
            let is_wanted = |opened: &Opened| marks.iter().any(|(mark, _)| *mark == opened.mark);
            let kept = self.open.iter().take_while(|opened| is_wanted(opened)).count();
            self.close_to(kept);
            let is_open = |mark: &Mark| self.open.iter().any(|opened| opened.mark == *mark);
            let mut wanted: Vec<&(Mark, usize)> = marks.iter().filter(|(mark, _)| !is_open(mark)).collect();
            // What lasts longest is outermost, so that little is closed and opened again.
            wanted.sort_by_key(|(_, until)| std::cmp::Reverse(*until));
            self.open_all(&wanted, place, runs);
            self.leaf(run, shown.get(place).map_or("", String::as_str));
            self.just_closed = false;
        }
        self.close_to(0);
        self
    }

    fn close_to(&mut self, kept: usize) {
        while self.open.len() > kept {
            let Some(opened) = self.open.pop() else { return };
            self.text.push_str(&opened.end);
            self.just_closed = opened.is_delimiter;
        }
    }

    fn open_all(&mut self, wanted: &[&(Mark, usize)], place: usize, runs: &[Run]) {
        let mut outside = self.text.chars().next_back();
        for (number, (mark, until)) in wanted.iter().enumerate() {
            let until = self.open.last().map_or(*until, |outer| outer.until.min(*until));
            let delimiter =
                delimiter(mark).filter(|_| self.care == Care::Light && !self.just_closed).filter(|_| {
                    let inner = wanted.iter().skip(number + 1).map(|(mark, _)| mark);
                    let last = until.checked_sub(1).and_then(|last| runs.get(last));
                    let (start, end) = (
                        first_inside(mark, inner, runs.get(place)),
                        last.and_then(|last| self.last_inside(mark, last)),
                    );
                    let after = runs.get(until).and_then(first);
                    let stars = usize::from(*mark == Mark::Bold) + 1;
                    let is_in_word = *mark != Mark::Strikethrough
                        && (is_inside_word(stars, outside, start) || is_inside_word(stars, end, after));
                    // Notion has no rule for scripts without blanks between words.
                    let is_clear = |near: Option<char>| {
                        near.is_none_or(|near| near.is_whitespace() || near.is_ascii_punctuation())
                    };
                    let is_plain = |near: Option<char>| near.is_some_and(char::is_alphanumeric);
                    let is_certain = self.form == Form::Text
                        || is_clear(outside) && is_clear(after) && is_plain(start) && is_plain(end);
                    flanks(outside, start) && flanks(after, end) && !is_in_word && is_certain
                });
            let (start, end) = match (delimiter, mark) {
                (Some(delimiter), _) => (delimiter.to_owned(), delimiter.to_owned()),
                (None, Mark::Bold) => pair("b"),
                (None, Mark::Italic) => pair("i"),
                (None, Mark::Strikethrough) => pair("s"),
                (None, Mark::Code) => {
                    self.is_notions = false;
                    pair("code")
                }
                (None, Mark::Link(url)) => ("[".to_owned(), format!("]({})", link::escape(url))),
                (None, Mark::Span { underline, color }) if self.form != Form::Text => {
                    let name = color.map(|color| color.to_string().replace("_background", "_bg"));
                    let (start, end) = match name {
                        Some(name) => (format!("<span color=\"{name}\">"), "</span>"),
                        None => (String::new(), ""),
                    };
                    match underline {
                        true => (format!("{start}<u>"), format!("</u>{end}")),
                        false => (start, end.to_owned()),
                    }
                }
                (None, Mark::Span { underline, color }) => {
                    let color = color.map(|color| format!(" color=\"{color}\"")).unwrap_or_default();
                    let underline = if *underline { " underline=\"true\"" } else { "" };
                    (format!("<span{color}{underline}>"), "</span>".to_owned())
                }
            };
            self.text.push_str(&start);
            if delimiter.is_none() {
                outside = self.text.chars().next_back();
                self.just_closed = false;
            }
            self.open.push(Opened { mark: mark.clone(), end, is_delimiter: delimiter.is_some(), until });
        }
    }

    /// The character that will stand before the delimiter that ends a mark after this run.
    fn last_inside(&self, own: &Mark, last: &Run) -> Option<char> {
        let inner = |mark: &Mark| mark != own && !self.open.iter().any(|opened| opened.mark == *mark);
        let marks = marks_of(last);
        if marks.iter().any(|mark| inner(mark) && delimiter(mark).is_none()) {
            return Some('>');
        }
        last_character(last)
    }

    fn leaf(&mut self, run: &Run, shown: &str) {
        let in_link = run.link.is_some();
        match &run.content {
            Content::Text(text) if run.style.code => {
                if self.care == Care::Light && self.fits_line(text) {
                    self.text.push_str(&code(text));
                } else {
                    self.is_notions = false;
                    self.tagged("code", text);
                }
            }
            Content::Text(text) => match self.care {
                Care::Light => escape(text, self.form, in_link, &mut self.text),
                Care::Strict => escape_all(text, self.form, &mut self.text),
            },
            Content::Equation(expression) => {
                if self.care == Care::Light && self.fits_line(expression) && !expression.contains("`$") {
                    self.text.push_str("$`");
                    self.text.push_str(expression);
                    self.text.push_str("`$");
                } else {
                    self.is_notions = false;
                    self.tagged("equation", expression);
                }
            }
            Content::Mention(mention) => self.mention(mention, shown),
        }
    }

    /// Between these signs nothing is escaped, so a line end can't be.
    fn fits_line(&self, text: &str) -> bool {
        self.form == Form::Text || !text.contains(['\n', '\r'])
    }

    fn tagged(&mut self, name: &str, text: &str) {
        let (start, end) = pair(name);
        self.text.push_str(&start);
        escape_all(text, self.form, &mut self.text);
        self.text.push_str(&end);
    }

    fn mention(&mut self, mention: &Mention, shown: &str) {
        if self.form != Form::Text {
            return self.notions_mention(mention, shown);
        }
        let (name, attributes, shown) = match mention {
            Mention::User(id) => ("mention-user", format!("url=\"user://{id}\""), shown),
            Mention::Page(id) => ("mention-page", page_url(&id.undashed()), shown),
            Mention::Database(id) => ("mention-database", page_url(&id.undashed()), shown),
            Mention::CustomEmoji(id) => ("mention-custom-emoji", format!("id=\"{id}\""), shown),
            Mention::Template(value) => ("mention-template", format!("value=\"{value}\""), ""),
            Mention::Date { start, end, time_zone } => {
                let mut attributes = format!("start=\"{}\"", encode(start));
                for (name, value) in [("end", end), ("timeZone", time_zone)] {
                    if let Some(value) = value {
                        attributes.push_str(&format!(" {name}=\"{}\"", encode(value)));
                    }
                }
                ("mention-date", attributes, "")
            }
        };
        if shown.is_empty() {
            self.text.push_str(&format!("<{name} {attributes}/>"));
            return;
        }
        self.text.push_str(&format!("<{name} {attributes}>"));
        escape(shown, self.form, true, &mut self.text);
        self.text.push_str(&format!("</{name}>"));
    }
}

impl Writer {
    /// As Notion's markdown has it; a label there is plain text.
    fn notions_mention(&mut self, mention: &Mention, shown: &str) {
        let attributes = match mention {
            Mention::User(id) => format!("url=\"user://{id}\""),
            Mention::Page(id) => page_url(&id.undashed()),
            Mention::Database(id) => format!("{} type=\"database\"", page_url(&id.undashed())),
            Mention::Date { start, end, time_zone } => {
                return self.notions_date(start, end.as_deref(), time_zone.as_deref());
            }
            Mention::CustomEmoji(id) => {
                self.is_notions = false;
                self.text.push_str(&format!("<mention-custom-emoji id=\"{id}\"/>"));
                return;
            }
            Mention::Template(value) => {
                self.is_notions = false;
                self.text.push_str(&format!("<mention-template value=\"{value}\"/>"));
                return;
            }
        };
        let label = shown.trim_start_matches('@');
        if label.is_empty()
            || !label.chars().all(|character| character.is_alphanumeric() || " .,'-_".contains(character))
        {
            self.text.push_str(&format!("<mention {attributes} />"));
        } else {
            self.text.push_str(&format!("<mention {attributes}>{label}</mention>"));
        }
    }

    /// Days and minutes; what is finer, or has an offset, Notion's markdown can't say.
    fn notions_date(&mut self, start: &str, end: Option<&str>, time_zone: Option<&str>) {
        let mut tag = String::from("<date");
        for (name, value) in [("start", Some(start)), ("end", end)] {
            let Some(value) = value else { continue };
            let (day, time) = value.split_once('T').unwrap_or((value, ""));
            tag.push_str(&format!(" {name}=\"{}\"", encode(day)));
            if !time.is_empty() {
                tag.push_str(&format!(" {name}-time=\"{}\"", encode(time)));
                self.is_notions &= time.len() == 5 && time_zone.is_some();
            }
        }
        if let Some(zone) = time_zone {
            tag.push_str(&format!(" time-zone=\"{}\"", encode(zone)));
        }
        self.text.push_str(&tag);
        self.text.push_str(" />");
    }
}

fn pair(name: &str) -> (String, String) {
    (format!("<{name}>"), format!("</{name}>"))
}

fn page_url(id: &str) -> String {
    format!("url=\"https://www.notion.so/{id}\"")
}

fn delimiter(mark: &Mark) -> Option<&'static str> {
    match mark {
        Mark::Bold => Some("**"),
        Mark::Italic => Some("*"),
        Mark::Strikethrough => Some("~~"),
        Mark::Code | Mark::Span { .. } | Mark::Link(_) => None,
    }
}

/// The marks of a run. Text that is code needs none: its own signs say so.
fn marks_of(run: &Run) -> Vec<Mark> {
    let style = &run.style;
    let mut marks = Vec::new();
    marks.extend(run.link.clone().map(Mark::Link));
    if style.underline || style.color.is_some() {
        marks.push(Mark::Span { underline: style.underline, color: style.color });
    }
    let is_text = matches!(run.content, Content::Text(_));
    let flags = [
        (style.strikethrough, Mark::Strikethrough),
        (style.bold, Mark::Bold),
        (style.italic, Mark::Italic),
        (style.code && !is_text, Mark::Code),
    ];
    marks.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, mark)| mark));
    marks
}

/// By run, its marks and the run before which each ends.
fn lasting(runs: &[Run]) -> Vec<Vec<(Mark, usize)>> {
    let mut all: Vec<Vec<(Mark, usize)>> = Vec::with_capacity(runs.len());
    for (place, run) in runs.iter().enumerate().rev() {
        let after = all.last();
        let until = |mark: &Mark| {
            let same = after.and_then(|after| after.iter().find(|(other, _)| other == mark));
            same.map_or(place + 1, |(_, until)| *until)
        };
        let marks =
            marks_of(run).into_iter().map(|mark| (until(&mark), mark)).map(|(until, mark)| (mark, until));
        let marks = marks.collect();
        all.push(marks);
    }
    all.reverse();
    all
}

/// The character that stands after the delimiter that starts a mark.
fn first_inside<'mark>(
    own: &Mark,
    inner: impl Iterator<Item = &'mark Mark>,
    run: Option<&Run>,
) -> Option<char> {
    let is_star = |mark: &Mark| delimiter(mark).is_some_and(|delimiter| delimiter.starts_with('*'));
    for mark in inner {
        // Stars run together, and what counts is what stands after all of them.
        if !(is_star(own) && is_star(mark)) {
            return Some('<');
        }
    }
    run.and_then(first)
}

fn first(run: &Run) -> Option<char> {
    match &run.content {
        Content::Text(text) if !run.style.code => text.chars().next(),
        _ => Some('<'),
    }
}

fn last_character(run: &Run) -> Option<char> {
    match &run.content {
        Content::Text(text) if !run.style.code => text.chars().next_back(),
        _ => Some('>'),
    }
}
