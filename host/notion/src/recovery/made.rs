//! Writes that make something: it is looked for where it must be.
//!
//! What is found counts only when it is the only thing of those words that this connection made around the time of the
//! write, and when no other write is known to have made it.

use parking_lot::Mutex;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use toolbay_kernel::Problem;
use toolbay_kernel::gate::{Method, Request, ResolvedRequest, Response};
use toolbay_kernel::recovery::{Probe, Verdict, below};

use super::read;
use super::shown::shows;
use crate::named;
use crate::request::{NAME, NotionRequest};
use crate::routes::resolve;

/// Things of a list that are read at once.
const AT_ONCE: &str = "100";

/// The time in which something must have come to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Window {
    /// Notion's clock isn't the host's, it shows whole minutes, and it works on a request for up to a minute.
    pub(super) fn around(sent_at: OffsetDateTime) -> Self {
        let before = sent_at.checked_sub(Duration::minutes(2)).unwrap_or(sent_at);
        Self { from: before, until: sent_at.checked_add(Duration::minutes(3)).unwrap_or(sent_at) }
    }

    /// Its begin.
    pub(super) fn from(self) -> OffsetDateTime {
        self.from
    }

    fn has(self, thing: &Value) -> bool {
        made_at(thing).is_some_and(|made| self.from <= made && made <= self.until)
    }

    /// Whether something may have come to be after the begin, by a clock that may be wrong by a day.
    fn may_be_since(self, thing: &Value) -> bool {
        made_at(thing).is_none_or(|made| self.from <= made + Duration::hours(25))
    }
}

fn made_at(thing: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(thing.get("created_time")?.as_str()?, &Rfc3339).ok()
}

/// What a list shows of one thing.
enum Only<'a> {
    One(&'a Value),
    /// Nothing new is there that it could be.
    None,
    CantTell,
}

impl Only<'_> {
    fn verdict(self, made: impl FnOnce(&Value) -> Verdict) -> Verdict {
        match self {
            Self::One(thing) => made(thing),
            Self::None => Verdict::Absent,
            Self::CantTell => Verdict::NotSeen,
        }
    }
}

/// What was made, and where it is looked for.
pub(super) struct Made {
    what: What,
    window: Window,
    /// Whose things count: those of others are none that this connection made.
    me: NotionRequest,
    first: NotionRequest,
    seen: Mutex<Read>,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    me: Option<String>,
    list: Vec<Value>,
}

enum What {
    /// A row, or a page below a page, with what was sent for it.
    Page { sent: Value, title: Option<Value> },
    /// Blocks in a row.
    Children { sent: Vec<Value>, parent: String },
    /// A comment with this text.
    Comment(Value),
}

impl Made {
    /// A page in a data source, found by its title; or below a page.
    pub(super) fn page(body: &Value, window: Window) -> Option<Self> {
        let own = ["properties", "icon", "cover"].into_iter();
        let own = own.filter_map(|key| Some((key.to_owned(), body.get(key)?.clone())));
        let sent = Value::Object(own.collect());
        let titled = body
            .get("properties")?
            .as_object()?
            .iter()
            .find_map(|(name, value)| Some((name, value.get("title")?)));
        let parent = |key: &str| body.pointer(&format!("/parent/{key}")).and_then(Value::as_str);
        if let Some(source) = parent("data_source_id") {
            let (name, title) = titled?;
            let filter = json!({"property": name, "title": {"equals": telling(plain(title)?)?}});
            let sorts = json!([{"timestamp": "created_time", "direction": "descending"}]);
            let request = Request {
                egress: NAME,
                method: Method::Post,
                path: format!("/v1/data_sources/{source}/query"),
                query: Vec::new(),
                body: Some(json!({"filter": filter, "sorts": sorts, "page_size": 100})),
                max_age: None,
            };
            let first = resolve(request).ok()?;
            return Self::new(What::Page { sent, title: None }, window, first);
        }
        let title = json!(telling(plain(titled?.1)?)?);
        let first = children_of(parent("page_id")?)?;
        Self::new(What::Page { sent, title: Some(title) }, window, first)
    }

    /// Blocks below the one that the path names.
    pub(super) fn children(request: &NotionRequest, body: &Value, window: Window) -> Option<Self> {
        let sent = body.get("children")?.as_array().filter(|sent| !sent.is_empty())?.clone();
        let parent = request.segments.get(2)?;
        Self::new(What::Children { sent, parent: parent.clone() }, window, children_of(parent)?)
    }

    /// A comment on a page or block. Of a discussion alone the comments can't be listed.
    pub(super) fn comment(body: &Value, window: Window) -> Option<Self> {
        let text = body.get("rich_text")?.clone();
        let parent = body.get("parent")?;
        let block = parent.get("page_id").or_else(|| parent.get("block_id"))?.as_str()?;
        let query = [("block_id", block), ("page_size", AT_ONCE)];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let first = read(&["v1".to_owned(), "comments".to_owned()], query)?;
        Self::new(What::Comment(text), window, first)
    }

    fn new(what: What, window: Window, first: NotionRequest) -> Option<Self> {
        let me = read(&["v1", "users", "me"].map(str::to_owned), Vec::new())?;
        Some(Self { what, window, me, first, seen: Mutex::default() })
    }

    /// The same, of which it is known where it is.
    pub(super) fn read_at(mut self, first: NotionRequest) -> Self {
        self.first = first;
        self
    }

    /// What of these this connection has made.
    fn own<'a>(me: &str, things: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
        things.filter(|thing| thing.pointer("/created_by/id").and_then(Value::as_str) == Some(me)).collect()
    }

    /// Which of its own things the write made: the only one of its words and its time, if no other write is known to have made
    /// that. It made none where nothing is like it, whoever is known to have made it.
    fn only<'a>(
        &self,
        own: &[&'a Value],
        is_another: &dyn Fn(&str) -> bool,
        is_same: impl Fn(&Value) -> bool,
        is_like: impl Fn(&Value) -> bool,
    ) -> Only<'a> {
        let is_free = |thing: &Value| is_known(thing, is_another) == Some(false);
        let mut same = own.iter().filter(|thing| is_free(thing) && is_same(thing) && self.window.has(thing));
        match (same.next(), same.next()) {
            (Some(only), None) => Only::One(only),
            (None, _) if !self.has_like(own, is_like) => Only::None,
            _ => Only::CantTell,
        }
    }

    fn has_like(&self, own: &[&Value], is_like: impl Fn(&Value) -> bool) -> bool {
        own.iter().any(|thing| is_like(thing) && self.window.may_be_since(thing))
    }

    /// What the whole list shows.
    fn verdict(&self, me: &str, list: &[Value], is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let made = |body: Value| Verdict::Made(Response { status: 200, body: body.into() });
        match &self.what {
            // The list is of rows with its title.
            What::Page { sent, title: None } => {
                let own = Self::own(me, list.iter());
                self.only(&own, is_another, |page| shows(sent, page), |_| true)
                    .verdict(|page| made(page.clone()))
            }
            What::Page { title: Some(title), .. } => {
                let children = list.iter().filter(|block| block.pointer("/child_page/title") == Some(title));
                let own = Self::own(me, children);
                self.only(&own, is_another, |_| true, |_| true).verdict(|block| {
                    let id = block.get("id").and_then(Value::as_str);
                    let read = id.and_then(|id| {
                        read(&["v1".to_owned(), "pages".to_owned(), id.to_owned()], Vec::new())
                    });
                    read.map_or(Verdict::NotSeen, |page| Verdict::LookOn(page.resolved()))
                })
            }
            What::Comment(text) => {
                let own = Self::own(me, list.iter());
                let same = |comment: &Value| comment.get("rich_text").is_some_and(|seen| shows(text, seen));
                let like = |comment: &Value| is_like(text, comment);
                self.only(&own, is_another, same, like).verdict(|comment| made(comment.clone()))
            }
            // Blocks that no answer has named may be there.
            What::Children { parent, .. } if is_another(&below(parent)) => Verdict::NotSeen,
            What::Children { sent, .. } => {
                let own = Self::own(me, list.iter());
                if !self.has_like(&own, |block| sent.iter().any(|sent| is_like(sent, block))) {
                    return Verdict::Absent;
                }
                let is_new = |block: &Value| {
                    let is_own = own.iter().any(|own| std::ptr::eq(*own, block));
                    is_own && is_known(block, is_another) == Some(false) && self.window.has(block)
                };
                let runs = list.windows(sent.len()).filter(|run| {
                    run.iter().zip(sent).all(|(seen, sent)| is_same_block(sent, seen))
                        && run.iter().all(is_new)
                });
                let mut runs = runs.map(<[Value]>::to_vec);
                match (runs.next(), runs.next()) {
                    (Some(run), None) => made(json!({
                        "object": "list", "results": run, "next_cursor": null, "has_more": false,
                        "type": "block", "block": {}
                    })),
                    _ => Verdict::NotSeen,
                }
            }
        }
    }

    fn after(&self, cursor: &str) -> NotionRequest {
        let mut next = self.first.clone();
        match &mut next.body {
            Some(Value::Object(body)) => {
                body.insert("start_cursor".to_owned(), json!(cursor));
            }
            _ => next.query.push(("start_cursor".to_owned(), cursor.to_owned())),
        }
        next
    }
}

impl Probe for Made {
    fn look(&self) -> ResolvedRequest {
        self.me.clone().resolved()
    }

    fn judge(&self, seen: &Result<Response, Problem>, is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let Ok(response) = seen else { return Verdict::NotSeen };
        let mut read = self.seen.lock();
        let Some(me) = read.me.clone() else {
            read.me = named::id(response.body.value()).map(str::to_owned);
            return if read.me.is_some() {
                Verdict::LookOn(self.first.clone().resolved())
            } else {
                Verdict::NotSeen
            };
        };
        let is_same = match (&self.what, response.body.get("object").and_then(Value::as_str)) {
            (What::Page { sent, .. }, Some("page")) => Some(shows(sent, response.body.value())),
            (What::Comment(text), Some("comment")) => {
                Some(response.body.get("rich_text").is_some_and(|seen| shows(text, seen)))
            }
            _ => None,
        };
        if let Some(is_same) = is_same {
            let own = Self::own(&me, std::iter::once(response.body.value()));
            return match self.only(&own, is_another, |_| is_same, |_| true) {
                Only::One(_) => Verdict::Made(response.clone()),
                Only::None | Only::CantTell => Verdict::NotSeen,
            };
        }
        let Some(results) = response.body.get("results").and_then(Value::as_array) else {
            return Verdict::NotSeen;
        };
        read.list.extend(results.iter().cloned());
        match response.body.get("next_cursor").and_then(Value::as_str) {
            Some(cursor) => Verdict::LookOn(self.after(cursor).resolved()),
            None => self.verdict(&me, &read.list, is_another),
        }
    }
}

fn children_of(block: &str) -> Option<NotionRequest> {
    let segments = ["v1", "blocks", block, "children"].map(str::to_owned);
    read(&segments, vec![("page_size".to_owned(), AT_ONCE.to_owned())])
}

/// Whether a thing is known to be that of another write; none where it has no id.
fn is_known(thing: &Value, is_another: &dyn Fn(&str) -> bool) -> Option<bool> {
    thing.get("id").and_then(Value::as_str).map(is_another)
}

/// Whether something that is seen may be what was sent, however Notion spells it: it has all of its texts, or what was sent has no
/// text that could tell.
fn is_like(sent: &Value, seen: &Value) -> bool {
    let (mut sent_texts, mut seen_text) = (Vec::new(), String::new());
    texts(sent, "content", &mut |text| sent_texts.push(loose(text)));
    texts(seen, "plain_text", &mut |text| seen_text.push_str(text));
    let seen = loose(&seen_text);
    sent_texts.iter().all(|text| seen.contains(text.as_str()))
}

/// The texts of a member, wherever it is.
fn texts(value: &Value, name: &str, found: &mut impl FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, found)),
        Value::Object(members) => members.iter().for_each(|(member, value)| match value {
            // Children are blocks of their own.
            _ if member == "children" => {}
            Value::String(text) if member == name => found(text),
            other => texts(other, name, found),
        }),
        _ => {}
    }
}

/// A text without what may be spelled in another way: spaces, and capitals.
fn loose(text: &str) -> String {
    text.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect()
}

/// A title that is found again as it was sent.
fn telling(title: String) -> Option<String> {
    (!title.is_empty() && title.trim() == title).then_some(title)
}

/// The text that rich text shows, where it is text alone.
fn plain(rich_text: &Value) -> Option<String> {
    let content = |run: &Value| run.pointer("/text/content")?.as_str().map(str::to_owned);
    rich_text.as_array()?.iter().map(content).collect()
}

/// Whether a block is one that was sent. Its children are blocks of their own, and not shown with it.
fn is_same_block(sent: &Value, seen: &Value) -> bool {
    let named = sent.get("type").and_then(Value::as_str);
    let kind = named.or_else(|| Some(sent.as_object()?.keys().find(|key| *key != "object")?.as_str()));
    let Some(kind) = kind.filter(|kind| seen.get("type").and_then(Value::as_str) == Some(kind)) else {
        return false;
    };
    let mut own = sent.get(kind).cloned().unwrap_or(Value::Null);
    if let Value::Object(own) = &mut own {
        own.remove("children");
    }
    seen.get(kind).is_some_and(|seen| shows(&own, seen))
}
