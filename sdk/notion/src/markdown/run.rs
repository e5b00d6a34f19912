//! A run: a stretch of rich text that looks the same from end to end.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::link;
use crate::color::{self, Color};
use crate::rich_text::split;
use crate::{ARRAY_LIMIT, NotionId};

/// How a run looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strikethrough: bool,
    pub(super) underline: bool,
    pub(super) code: bool,
    pub(super) color: Option<Color>,
}

/// What a run says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    Equation(String),
    Mention(Mention),
}

/// What can be mentioned in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    User(NotionId),
    Page(NotionId),
    Database(NotionId),
    CustomEmoji(NotionId),
    Date {
        start: String,
        end: Option<String>,
        time_zone: Option<String>,
    },
    /// `today`, `now` or `me`: what the button of a template puts in.
    Template(&'static str),
}

/// A stretch of text, or one equation or mention, with its looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) content: Content,
    pub(super) style: Style,
    /// Of text only; shared, because a link may span many runs.
    pub(super) link: Option<Rc<str>>,
}

impl Style {
    fn read(element: &Value) -> Self {
        let annotation = |name: &str| element.pointer(name).and_then(Value::as_bool) == Some(true);
        Self {
            bold: annotation("/annotations/bold"),
            italic: annotation("/annotations/italic"),
            strikethrough: annotation("/annotations/strikethrough"),
            underline: annotation("/annotations/underline"),
            code: annotation("/annotations/code"),
            color: element.pointer("/annotations/color").and_then(Value::as_str).and_then(color::parse),
        }
    }

    fn annotations(&self) -> Map<String, Value> {
        let flags = [
            ("bold", self.bold),
            ("italic", self.italic),
            ("strikethrough", self.strikethrough),
            ("underline", self.underline),
            ("code", self.code),
        ];
        let mut annotations: Map<String, Value> =
            flags.iter().filter(|(_, on)| *on).map(|(name, _)| ((*name).to_owned(), true.into())).collect();
        annotations.extend(self.color.map(|color| ("color".to_owned(), color.into())));
        annotations
    }
}

impl Mention {
    /// `None` for what a request can't mention.
    fn read(mention: &Value) -> Option<Self> {
        let id = |path: &str| mention.pointer(path)?.as_str()?.parse::<NotionId>().ok();
        let text = |path: &str| mention.pointer(path)?.as_str().map(str::to_owned);
        if mention.get("user").is_some() {
            return id("/user/id").map(Self::User);
        }
        if mention.get("page").is_some() {
            return id("/page/id").map(Self::Page);
        }
        if mention.get("database").is_some() {
            return id("/database/id").map(Self::Database);
        }
        if mention.get("custom_emoji").is_some() {
            return id("/custom_emoji/id").map(Self::CustomEmoji);
        }
        if mention.get("date").is_some() {
            return Some(Self::Date {
                start: text("/date/start")?,
                end: text("/date/end"),
                time_zone: text("/date/time_zone"),
            });
        }
        let template = mention.get("template_mention")?;
        let value =
            template.get("template_mention_date").or_else(|| template.get("template_mention_user"))?;
        Self::template(value.as_str()?)
    }

    /// The template mention of this name.
    pub(super) fn template(name: &str) -> Option<Self> {
        ["today", "now", "me"].into_iter().find(|known| *known == name).map(Self::Template)
    }

    fn to_value(&self) -> Value {
        match self {
            Self::User(id) => json!({ "type": "user", "user": { "id": id } }),
            Self::Page(id) => json!({ "type": "page", "page": { "id": id } }),
            Self::Database(id) => json!({ "type": "database", "database": { "id": id } }),
            Self::CustomEmoji(id) => json!({ "type": "custom_emoji", "custom_emoji": { "id": id } }),
            Self::Date { start, end, time_zone } => {
                let mut date = Map::from_iter([("start".to_owned(), Value::from(start.as_str()))]);
                date.extend(end.as_ref().map(|end| ("end".to_owned(), end.as_str().into())));
                date.extend(time_zone.as_ref().map(|zone| ("time_zone".to_owned(), zone.as_str().into())));
                json!({ "type": "date", "date": date })
            }
            Self::Template(name) => {
                let kind = if *name == "me" { "template_mention_user" } else { "template_mention_date" };
                json!({ "type": "template_mention", "template_mention": { "type": kind, kind: name } })
            }
        }
    }
}

impl Run {
    /// One of Notion's rich text objects, and the words that it is shown with.
    fn read(element: &Value) -> (Self, String) {
        let style = Style::read(element);
        let shown = element.get("plain_text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let content = if let Some(equation) = element.pointer("/equation/expression").and_then(Value::as_str)
        {
            Content::Equation(equation.to_owned())
        } else if let Some(mention) = element.get("mention").and_then(Mention::read) {
            Content::Mention(mention)
        } else {
            let text = element.pointer("/text/content").and_then(Value::as_str);
            Content::Text(text.unwrap_or(&shown).to_owned())
        };
        let link = match content {
            Content::Text(_) => element.pointer("/text/link/url").or_else(|| element.get("href")),
            Content::Equation(_) | Content::Mention(_) => None,
        };
        let link = link.and_then(Value::as_str).filter(|link| link::is_link(link)).map(Rc::from);
        (Self { content, style, link }, shown)
    }

    fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Text(text) | Content::Equation(text) if text.is_empty())
    }

    fn element(&self, content: Value) -> Value {
        let mut element = Map::new();
        let kind = match self.content {
            Content::Text(_) => "text",
            Content::Equation(_) => "equation",
            Content::Mention(_) => "mention",
        };
        element.insert("type".to_owned(), kind.into());
        element.insert(kind.to_owned(), content);
        let annotations = self.style.annotations();
        if !annotations.is_empty() {
            element.insert("annotations".to_owned(), Value::Object(annotations));
        }
        Value::Object(element)
    }

    /// How many of Notion's objects it takes.
    pub(super) fn pieces(&self) -> usize {
        match &self.content {
            Content::Text(text) => split(text).len(),
            Content::Equation(_) | Content::Mention(_) => 1,
        }
    }

    /// Notion's objects for this run: several where the text is longer than one may be, each with the link.
    fn elements(&self) -> Vec<Value> {
        match &self.content {
            Content::Text(text) => split(text)
                .into_iter()
                .map(|piece| {
                    self.element(match &self.link {
                        Some(url) => json!({ "content": piece, "link": { "url": url.as_ref() } }),
                        None => json!({ "content": piece }),
                    })
                })
                .collect(),
            Content::Equation(expression) => vec![self.element(json!({ "expression": expression }))],
            Content::Mention(mention) => vec![self.element(mention.to_value())],
        }
    }
}

/// Adds a run: nothing when it is empty, and to the one before when both look the same.
pub(super) fn push(runs: &mut Vec<Run>, run: Run) {
    if run.is_empty() {
        return;
    }
    if let Some(last) = runs.last_mut()
        && last.style == run.style
        && last.link == run.link
        && let (Content::Text(before), Content::Text(text)) = (&mut last.content, &run.content)
    {
        before.push_str(text);
        return;
    }
    runs.push(run);
}

/// The runs of Notion's rich text, equal neighbours joined; beside each the words that it is shown with.
pub(super) fn read(elements: &Value) -> (Vec<Run>, Vec<String>) {
    let (mut runs, mut shown) = (Vec::new(), Vec::new());
    for element in elements.as_array().into_iter().flatten() {
        let (run, words) = Run::read(element);
        push(&mut runs, run);
        if runs.len() > shown.len() {
            shown.push(words);
        }
    }
    (runs, shown)
}

/// Notion's rich text objects for runs.
pub(super) fn elements(runs: &[Run]) -> Vec<Value> {
    let mut all = Vec::with_capacity(runs.len().min(ARRAY_LIMIT));
    for run in runs {
        all.extend(run.elements());
    }
    all
}
