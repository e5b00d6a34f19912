//! Links and ids that somebody copied from Notion or from a tool's answer, read once into all that they name.

use super::NotionId;

/// Longer than any link that Notion makes: titles in links are cut well before.
const MAX_LENGTH: usize = 2_048;

/// The schemes that stand for one kind of object, as Notion's markdown and its own tools write them.
const SCHEMES: [(&str, Sole); 10] = [
    ("user://", Sole::Person),
    ("person://", Sole::Person),
    ("page://", Sole::Page),
    ("database://", Sole::Database),
    ("collection://", Sole::Database),
    ("data-source://", Sole::Database),
    ("view://", Sole::View),
    ("block://", Sole::Block),
    ("discussion://", Sole::Discussion),
    ("comment://", Sole::Comment),
];

/// A text that names something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// An id alone, which doesn't tell of what kind.
    Id(NotionId),
    /// An id behind a scheme that tells of what kind.
    Sole(Sole, NotionId),
    /// A link, which can name several things at once.
    Link(Link),
}

/// The one kind of object that a scheme stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sole {
    Page,
    Database,
    View,
    Block,
    Person,
    Discussion,
    Comment,
}

/// The parts of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// The page or database at the end of the path.
    pub(super) path: Part,
    /// `v=`: a view of the database in the path.
    pub(super) view: Part,
    /// `p=`: a page that is open above the one in the path.
    pub(super) peek: Part,
    /// `d=`: a discussion on the page.
    pub(super) discussion: Part,
    /// Behind `#`: a block of the page.
    pub(super) block: Part,
}

impl Link {
    fn names_something(&self) -> bool {
        let parts = [self.path, self.view, self.peek, self.discussion, self.block];
        parts.iter().any(|part| matches!(part, Part::Id(_)))
    }
}

/// One part of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    #[default]
    Absent,
    Id(NotionId),
    /// It is there, and it can't be told what it names.
    Unreadable,
}

impl Part {
    fn of(text: &str) -> Self {
        text.parse().map_or(Self::Unreadable, Self::Id)
    }

    /// A part that is there twice says two things, unless it says the same.
    fn add(&mut self, other: Self) {
        *self = if matches!(self, Self::Absent) || *self == other { other } else { Self::Unreadable };
    }
}

/// Reads an id, a link, or either as a tag of Notion's markdown has it; none for any other text.
pub(super) fn read(text: &str) -> Option<Named> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return None;
    }
    let text = unwrapped(text);
    if let Ok(id) = text.parse() {
        return Some(Named::Id(id));
    }
    for (scheme, sole) in SCHEMES {
        if let Some(rest) = without_prefix(text, scheme) {
            return rest.trim_matches('/').parse().ok().map(|id| Named::Sole(sole, id));
        }
    }
    let (below, is_certain) = below_host(text)?;
    let link = link(below);
    // What only looks like a link is none without an id: a title can start with a slash.
    (is_certain || link.names_something()).then_some(Named::Link(link))
}

/// Without the braces, angle brackets or tag around it.
fn unwrapped(text: &str) -> &str {
    let tag = text.strip_prefix('<').filter(|rest| rest.contains(['"', '\'']));
    if let Some(address) = tag.and_then(address_in) {
        return unbraced(address);
    }
    let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    unbraced(bare.trim())
}

fn unbraced(text: &str) -> &str {
    text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(text).trim()
}

/// The value of a tag's `url`.
fn address_in(tag: &str) -> Option<&str> {
    let (_, rest) = tag.split_once(" url=")?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// What follows Notion's host, which makes it certain that this is a link; or a link without a host, which starts with a
/// slash or with an id.
fn below_host(text: &str) -> Option<(&str, bool)> {
    let web =
        ["https://", "http://", "notion://", "//"].iter().find_map(|scheme| without_prefix(text, scheme));
    let rest = web.unwrap_or(text);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (start, below) = rest.split_at_checked(end)?;
    let is_own_scheme = without_prefix(text, "notion://").is_some();
    if is_notion_host(start) {
        Some((below, true))
    } else if is_own_scheme {
        Some((rest, true))
    } else if web.is_none() && (rest.starts_with('/') || start.parse::<NotionId>().is_ok()) {
        Some((rest, false))
    } else {
        None
    }
}

fn is_notion_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_known = ["notion.so", "notion.com"]
        .iter()
        .any(|known| matches!(host.strip_suffix(known), Some("" | "www." | "app.")));
    is_known
        || host.strip_suffix(".notion.site").is_some_and(|site| {
            !site.is_empty() && site.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// The parts may stand in any order; whoever copied the link may have written `&` as a web page's source does.
fn link(below: &str) -> Link {
    let end = below.find(['?', '#', '&']).unwrap_or(below.len());
    let (path, rest) = below.split_at_checked(end).unwrap_or((below, ""));
    let mut link = Link { path: last_id(path), ..Link::default() };
    let mut rest = rest;
    while let Some(mark) = rest.chars().next() {
        let next = rest.get(1..).unwrap_or_default();
        let end = next.find(['?', '#', '&']).unwrap_or(next.len());
        let (part, after) = next.split_at_checked(end).unwrap_or((next, ""));
        rest = after;
        let part = without_prefix(part, "amp;").unwrap_or(part);
        match part.split_once('=') {
            Some((_, "")) => {}
            Some((key, value)) => match key {
                "p" | "P" => link.peek.add(Part::of(value)),
                "v" | "V" => link.view.add(Part::of(value)),
                "d" | "D" => link.discussion.add(Part::of(value)),
                _ => {}
            },
            None if mark == '#' && !part.trim_matches('/').is_empty() => {
                link.block.add(Part::of(part.trim_matches('/')));
            }
            None => {}
        }
    }
    link
}

/// The id that the last segment of a path ends with.
fn last_id(path: &str) -> Part {
    let Some(segment) = path.trim_end_matches('/').rsplit('/').next().filter(|segment| !segment.is_empty())
    else {
        return Part::Absent;
    };
    let id = [32, 36].iter().find_map(|length| ending(segment, *length)?.parse().ok());
    id.map_or(Part::Unreadable, Part::Id)
}

/// The last `length` bytes of a path segment, when they are all of it or follow a dash, as in `Title-<id>`.
fn ending(segment: &str, length: usize) -> Option<&str> {
    let (title, id) = segment.split_at_checked(segment.len().checked_sub(length)?)?;
    (title.is_empty() || title.ends_with('-')).then_some(id)
}
