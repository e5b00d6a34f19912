//! Writes that make something: it is looked for where it must be.
//!
//! What is found counts only when it is the only thing of those words that came to be around the time of the write, and when
//! no other write is known to have made it.

use parking_lot::Mutex;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use toolbay_kernel::Problem;
use toolbay_kernel::gate::{Method, NotionRequest, NotionResponse, ResolvedRequest};
use toolbay_kernel::ports::RouteTable as _;
use toolbay_kernel::recovery::{Probe, Verdict};

use super::read;
use super::shown::shows;
use crate::routes::NotionRoutes;

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
    first: ResolvedRequest,
    /// Those that were read so far.
    read: Mutex<Vec<Value>>,
}

enum What {
    /// A row, or a page below a page, with what was sent for it.
    Page { properties: Value, title: Option<Value> },
    /// Blocks in a row.
    Children(Vec<Value>),
    /// A comment with this text.
    Comment(Value),
}

impl Made {
    /// A page in a data source, found by its title; or below a page.
    pub(super) fn page(body: &Value, window: Window) -> Option<Self> {
        let properties = body.get("properties")?.clone();
        let titled =
            properties.as_object()?.iter().find_map(|(name, value)| Some((name, value.get("title")?)));
        let parent = |key: &str| body.pointer(&format!("/parent/{key}")).and_then(Value::as_str);
        if let Some(source) = parent("data_source_id") {
            let (name, title) = titled?;
            let filter = json!({"property": name, "title": {"equals": plain(title)?}});
            let sorts = json!([{"timestamp": "created_time", "direction": "descending"}]);
            let request = NotionRequest {
                method: Method::Post,
                path: format!("/v1/data_sources/{source}/query"),
                query: Vec::new(),
                body: Some(json!({"filter": filter, "sorts": sorts, "page_size": 100})),
                max_age: None,
            };
            let first = NotionRoutes.resolve(request).ok()?;
            return Some(Self::new(What::Page { properties, title: None }, window, first));
        }
        let title = json!(plain(titled?.1)?);
        let first = children_of(parent("page_id")?)?;
        Some(Self::new(What::Page { properties, title: Some(title) }, window, first))
    }

    /// Blocks below the one that the path names.
    pub(super) fn children(request: &ResolvedRequest, body: &Value, window: Window) -> Option<Self> {
        let sent = body.get("children")?.as_array().filter(|sent| !sent.is_empty())?.clone();
        let first = children_of(request.segments.get(2)?)?;
        Some(Self::new(What::Children(sent), window, first))
    }

    /// A comment on a page or block. Of a discussion alone the comments can't be listed.
    pub(super) fn comment(body: &Value, window: Window) -> Option<Self> {
        let text = body.get("rich_text")?.clone();
        let parent = body.get("parent")?;
        let block = parent.get("page_id").or_else(|| parent.get("block_id"))?.as_str()?;
        let query = [("block_id", block), ("page_size", AT_ONCE)];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let first = read(&["v1".to_owned(), "comments".to_owned()], query)?;
        Some(Self::new(What::Comment(text), window, first))
    }

    fn new(what: What, window: Window, first: ResolvedRequest) -> Self {
        Self { what, window, first, read: Mutex::default() }
    }

    /// The one thing that this must be, if there is just one.
    fn only<'a>(
        &self,
        things: impl Iterator<Item = &'a Value>,
        is_another: &dyn Fn(&str) -> bool,
    ) -> Option<&'a Value> {
        let is_new = |thing: &&Value| {
            let id = thing.get("id").and_then(Value::as_str);
            self.window.has(thing) && id.is_some_and(|id| !is_another(id))
        };
        let mut new = things.filter(is_new);
        let only = new.next();
        if new.next().is_some() { None } else { only }
    }

    /// What the whole list shows.
    fn verdict(&self, list: &[Value], is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let made = |body: Value| Verdict::Made(NotionResponse { status: 200, body });
        match &self.what {
            What::Page { properties, title: None } => {
                let same = list.iter().filter(|page| shows(&json!({"properties": properties}), page));
                self.only(same, is_another).cloned().map_or(Verdict::NotSeen, made)
            }
            What::Page { title: Some(title), .. } => {
                let same = list.iter().filter(|block| block.pointer("/child_page/title") == Some(title));
                let id = self.only(same, is_another).and_then(|block| block.get("id")?.as_str());
                let page =
                    id.and_then(|id| read(&["v1".to_owned(), "pages".to_owned(), id.to_owned()], Vec::new()));
                page.map_or(Verdict::NotSeen, Verdict::LookOn)
            }
            What::Comment(text) => {
                let same = list
                    .iter()
                    .filter(|comment| comment.get("rich_text").is_some_and(|seen| shows(text, seen)));
                self.only(same, is_another).cloned().map_or(Verdict::NotSeen, made)
            }
            What::Children(sent) => {
                let runs = list.windows(sent.len()).filter(|run| {
                    run.iter().zip(sent).all(|(seen, sent)| is_same_block(sent, seen))
                        && run.iter().all(|block| self.only(std::iter::once(block), is_another).is_some())
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

    fn after(&self, cursor: &str) -> ResolvedRequest {
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
        self.first.clone()
    }

    fn judge(&self, seen: &Result<NotionResponse, Problem>, is_another: &dyn Fn(&str) -> bool) -> Verdict {
        let Ok(response) = seen else { return Verdict::NotSeen };
        if let (What::Page { properties, .. }, Some("page")) =
            (&self.what, response.body.get("object").and_then(Value::as_str))
        {
            let is_same = shows(&json!({"properties": properties}), &response.body);
            return if is_same { Verdict::Made(response.clone()) } else { Verdict::NotSeen };
        }
        let Some(results) = response.body.get("results").and_then(Value::as_array) else {
            return Verdict::NotSeen;
        };
        let mut read = self.read.lock();
        read.extend(results.iter().cloned());
        match response.body.get("next_cursor").and_then(Value::as_str) {
            Some(cursor) => Verdict::LookOn(self.after(cursor)),
            None => self.verdict(&read, is_another),
        }
    }
}

fn children_of(block: &str) -> Option<ResolvedRequest> {
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
