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
        let made = thing.get("created_time").and_then(Value::as_str);
        made.and_then(|made| OffsetDateTime::parse(made, &Rfc3339).ok())
            .is_some_and(|made| self.from <= made && made <= self.until)
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
            let filter = json!({"property": name, "title": {"equals": plain(title)?}});
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
        let title = json!(plain(titled?.1)?);
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

    /// The one thing that this must be, if there is just one.
    fn only<'a>(
        &self,
        me: &str,
        things: impl Iterator<Item = &'a Value>,
        is_another: &dyn Fn(&str) -> bool,
    ) -> Option<&'a Value> {
        let is_new = |thing: &&Value| {
            let id = thing.get("id").and_then(Value::as_str);
            let by = thing.pointer("/created_by/id").and_then(Value::as_str);
            self.window.has(thing) && by == Some(me) && id.is_some_and(|id| !is_another(id))
        };
        let mut new = things.filter(is_new);
        let only = new.next();
        if new.next().is_some() { None } else { only }
    }

    /// What the whole list shows.
    fn verdict(&self, me: &str, list: &[Value], is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let made = |body: Value| Verdict::Made(Response { status: 200, body: body.into() });
        match &self.what {
            What::Page { sent, title: None } => {
                let same = list.iter().filter(|page| shows(sent, page));
                self.only(me, same, is_another).cloned().map_or(Verdict::NotSeen, made)
            }
            What::Page { title: Some(title), .. } => {
                let same = list.iter().filter(|block| block.pointer("/child_page/title") == Some(title));
                let id = self.only(me, same, is_another).and_then(|block| block.get("id")?.as_str());
                let page =
                    id.and_then(|id| read(&["v1".to_owned(), "pages".to_owned(), id.to_owned()], Vec::new()));
                page.map_or(Verdict::NotSeen, |page| Verdict::LookOn(page.resolved()))
            }
            What::Comment(text) => {
                let same = list
                    .iter()
                    .filter(|comment| comment.get("rich_text").is_some_and(|seen| shows(text, seen)));
                self.only(me, same, is_another).cloned().map_or(Verdict::NotSeen, made)
            }
            // Blocks that no answer has named may be there.
            What::Children { parent, .. } if is_another(&below(parent)) => Verdict::NotSeen,
            What::Children { sent, .. } => {
                let runs = list.windows(sent.len()).filter(|run| {
                    run.iter().zip(sent).all(|(seen, sent)| is_same_block(sent, seen))
                        && run.iter().all(|block| self.only(me, std::iter::once(block), is_another).is_some())
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
            let only = self.only(&me, std::iter::once(response.body.value()), is_another);
            return if is_same && only.is_some() {
                Verdict::Made(response.clone())
            } else {
                Verdict::NotSeen
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
