//! Inline markdown into runs, in one pass over the source.
//!
//! Emphasis follows `CommonMark`'s rule of delimiter runs. Unlike there, what ends first wins: `*a [b* c](d)` is emphasis
//! and text. Bare addresses stay text; `<https://..>` is a link.

use std::rc::Rc;

use super::entity;
use super::link;
use super::people::{self, Found, People};
use super::run::Run;
use super::scan::{Ahead, Backticks, look};
use super::tag::{Shape, Tag};
use super::token::{Mark, Sign, Token, runs};
use crate::NotionId;

/// What was read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) runs: Vec<Run>,
    /// There was an image, which can't stand inside text: it became a link.
    pub(super) has_image: bool,
    /// A link had a title, which Notion has no place for.
    pub(super) has_title: bool,
    /// A tag of Notion's says something that is unknown here, so it is among the text.
    pub(super) has_unread_tag: bool,
    /// Names after `@` that nobody has, or more than one.
    pub(super) unknown_people: Vec<String>,
    /// Addresses of links that are none, so they are among the text.
    pub(super) unlinked: Vec<String>,
}

/// Tags that have an end; the place of a name is its kind of opener.
pub(super) const TAGS: [&str; 19] = [
    "b",
    "strong",
    "i",
    "em",
    "s",
    "del",
    "u",
    "code",
    "span",
    "a",
    "equation",
    "mention-user",
    "mention-page",
    "mention-database",
    "mention-date",
    "mention-template",
    "mention-custom-emoji",
    "mention",
    "date",
];

/// Kinds of opener before those of [`TAGS`].
pub(super) const STAR: usize = 0;
pub(super) const UNDERSCORE: usize = 1;
pub(super) const TILDES: usize = 2;
pub(super) const BRACKET: usize = 3;
pub(super) const FIRST_TAG: usize = 4;

/// Something that waits for its end.
#[derive(Debug)]
pub(super) struct Opener {
    pub(super) kind: usize,
    /// Its sign among the tokens.
    pub(super) token: usize,
    /// Of a delimiter run: its whole length, and whether it can also end something.
    pub(super) length: usize,
    pub(super) can_close: bool,
}

#[derive(Debug)]
pub(super) struct Reader<'source> {
    pub(super) source: &'source str,
    pub(super) tokens: Vec<Token>,
    /// Where the text starts that is not among the tokens yet.
    plain_from: usize,
    pub(super) stack: Vec<Opener>,
    /// By kind, the places in the stack of what still waits.
    pub(super) waiting: Vec<Vec<usize>>,
    /// By kind of delimiter and of closer, how many of those that wait are known not to fit.
    pub(super) hopeless: [[usize; 6]; 3],
    backticks: Option<Backticks>,
    pub(super) equation_ends: Ahead,
    pub(super) dollars: Ahead,
    has_image: bool,
    has_title: bool,
    has_unread_tag: bool,
    people: &'source People,
    unknown_people: Vec<String>,
    unlinked: Vec<String>,
    has_person: bool,
}

/// Reads inline markdown; a name after `@` means one of these people.
pub(super) fn read<'source>(source: &'source str, people: &'source People) -> Reading {
    let mut reader = Reader {
        source,
        tokens: Vec::new(),
        plain_from: 0,
        stack: Vec::new(),
        waiting: vec![Vec::new(); FIRST_TAG + TAGS.len()],
        hopeless: [[0; 6]; 3],
        backticks: None,
        equation_ends: Ahead::default(),
        dollars: Ahead::default(),
        has_image: false,
        has_title: false,
        has_unread_tag: false,
        people,
        unknown_people: Vec::new(),
        unlinked: Vec::new(),
        has_person: false,
    };
    reader.read_all();
    Reading {
        runs: runs(source, reader.tokens),
        has_image: reader.has_image,
        has_title: reader.has_title,
        has_unread_tag: reader.has_unread_tag,
        unknown_people: reader.unknown_people,
        unlinked: reader.unlinked,
    }
}

impl Reader<'_> {
    fn read_all(&mut self) {
        let mut position = 0;
        while let Some(byte) = self.byte(position) {
            look(1);
            match self.special(byte, position) {
                Some(end) => {
                    self.plain_from = end;
                    position = end;
                }
                None => position += 1,
            }
        }
        self.flush(self.source.len());
    }

    /// Reads what starts here, if it is more than a character, and answers with its end.
    fn special(&mut self, byte: u8, position: usize) -> Option<usize> {
        match byte {
            b'\\' => self.escape(position),
            b'`' => self.code(position),
            b'$' => self.equation(position),
            b'&' => self.entity(position),
            b'<' => {
                let end = self.tag(position);
                self.has_unread_tag |= end.is_none() && is_notions(self.source, position);
                end
            }
            b'@' => self.person(position),
            b'*' => Some(self.delimiters(STAR, b'*', position)),
            b'_' => Some(self.delimiters(UNDERSCORE, b'_', position)),
            b'~' => Some(self.delimiters(TILDES, b'~', position)),
            b'[' => Some(self.bracket(position)),
            b']' => self.link(position),
            _ => None,
        }
    }

    pub(super) fn byte(&self, position: usize) -> Option<u8> {
        self.source.as_bytes().get(position).copied()
    }

    pub(super) fn before(&self, position: usize) -> Option<char> {
        self.source.get(..position)?.chars().next_back()
    }

    pub(super) fn after(&self, position: usize) -> Option<char> {
        self.source.get(position..)?.chars().next()
    }

    /// How often a byte stands in a row.
    pub(super) fn row(&self, byte: u8, position: usize) -> usize {
        let rest = self.source.as_bytes().get(position..).unwrap_or_default();
        let count = rest.iter().take_while(|found| **found == byte).count();
        look(count);
        count
    }

    pub(super) fn flush(&mut self, position: usize) {
        if self.plain_from < position {
            self.tokens.push(Token::Source(self.plain_from, position));
            self.plain_from = position;
        }
    }

    pub(super) fn push(&mut self, position: usize, token: Token) {
        self.flush(position);
        self.tokens.push(token);
    }

    fn escape(&mut self, position: usize) -> Option<usize> {
        let escaped = self.byte(position + 1).filter(|byte| byte.is_ascii_punctuation() || *byte == b'\n')?;
        self.push(position, Token::Character(char::from(escaped)));
        Some(position + 2)
    }

    fn code(&mut self, position: usize) -> Option<usize> {
        let length = self.row(b'`', position);
        let source = self.source;
        let backticks = self.backticks.get_or_insert_with(|| Backticks::of(source));
        let Some(close) = backticks.next(length, position + length) else {
            self.push(position, Token::Source(position, position + length));
            return Some(position + length);
        };
        let (mut start, mut end) = (position + length, close);
        look(end - start);
        let inside = source.get(start..end).unwrap_or_default();
        let padded = inside.len() > 2 && inside.starts_with(' ') && inside.ends_with(' ');
        if padded && !inside.bytes().all(|byte| byte == b' ') {
            (start, end) = (start + 1, end - 1);
        }
        self.push(position, Token::Code(start, end));
        Some(close + length)
    }

    /// A character by its name or number, such as `&amp;`.
    fn entity(&mut self, position: usize) -> Option<usize> {
        let (character, length) = entity::read(self.source.get(position..)?)?;
        self.push(position, Token::Character(character));
        Some(position + length)
    }

    /// `@Ada Lovelace`, where somebody is called so.
    fn person(&mut self, position: usize) -> Option<usize> {
        let is_literal = |name: &str| name == "code" || name.starts_with("mention");
        let in_literal = TAGS
            .iter()
            .zip(self.waiting.iter().skip(FIRST_TAG))
            .any(|(name, open)| is_literal(name) && !open.is_empty());
        if in_literal {
            return None;
        }
        look(1);
        let rest = self.source.get(position + 1..)?;
        let (found, start, after) = match people::enclosed(rest) {
            Some((name, after)) if people::may_start(self.before(position), Some('A')) => {
                if let Some((id, length)) = people::named_by_link(rest.get(after..)?) {
                    return Some(self.mention(position, position + 1 + after + length, id));
                }
                if rest.get(after..)?.starts_with('(') {
                    return None;
                }
                (self.people.called(name), position + 1, after)
            }
            Some(_) => return None,
            None if people::may_start(self.before(position), self.after(position + 1)) => {
                let found = self.people.at(rest);
                let length = if let Found::Person(_, length) = found { length } else { 0 };
                (found, position + 1, length)
            }
            None => return None,
        };
        match found {
            Found::Person(id, _) => Some(self.mention(position, start + after, id)),
            Found::Nobody(name) => {
                if self.unknown_people.len() < MAX_UNKNOWN && !self.unknown_people.contains(&name) {
                    self.unknown_people.push(name);
                }
                None
            }
            Found::Unasked => None,
        }
    }

    fn mention(&mut self, position: usize, end: usize, id: NotionId) -> usize {
        self.has_person = true;
        self.push(position, Token::Person(position, end, id));
        end
    }

    fn bracket(&mut self, position: usize) -> usize {
        self.flush(position);
        self.wait(Opener { kind: BRACKET, token: self.tokens.len(), length: 1, can_close: false });
        self.push(position, sign(position, position + 1));
        position + 1
    }

    /// `](..)`, where a bracket waits for it.
    fn link(&mut self, position: usize) -> Option<usize> {
        let place = self.waiting.get_mut(BRACKET)?.pop()?;
        let (url, has_title, end) = link::read_link(self.source, position + 1)?;
        if !link::is_link(&url) {
            if !url.is_empty() && self.unlinked.len() < MAX_UNKNOWN {
                self.unlinked.push(url);
            }
            return None;
        }
        self.flush(position);
        let opener = self.stack.get(place)?.token;
        let Some(Token::Sign(opened)) = self.tokens.get_mut(opener) else { return None };
        self.has_title |= has_title;
        self.has_image |=
            opened.start.checked_sub(1).and_then(|before| self.source.as_bytes().get(before)) == Some(&b'!');
        opened.end = opened.start;
        opened.opens.push(Mark::Link(Rc::from(url)));
        if self.has_person {
            // A link can't mention anybody, so its words stay words.
            for token in self.tokens.iter_mut().skip(opener).rev().take(MAX_LINKED) {
                look(1);
                if let Token::Person(start, end, _) = token {
                    *token = Token::Source(*start, *end);
                }
            }
        }
        self.tokens.push(Token::Sign(Box::new(Sign { closes: 1, ..Sign::default() })));
        self.forget_from(place);
        Some(end)
    }

    pub(super) fn wait(&mut self, opener: Opener) {
        if let Some(waiting) = self.waiting.get_mut(opener.kind) {
            waiting.push(self.stack.len());
        }
        self.stack.push(opener);
    }

    /// What was opened at this place of the stack or later has no end any more.
    pub(super) fn forget_from(&mut self, place: usize) {
        while self.stack.len() > place {
            look(1);
            let Some(opener) = self.stack.pop() else { return };
            let Some(waiting) = self.waiting.get_mut(opener.kind) else { continue };
            if waiting.last() == Some(&self.stack.len()) {
                waiting.pop();
            }
            let left = waiting.len();
            if let Some(hopeless) = self.hopeless.get_mut(opener.kind) {
                hopeless.iter_mut().for_each(|known| *known = left.min(*known));
            }
        }
    }
}

/// Most unknown names, and most links that are none, that notes on a text list.
const MAX_UNKNOWN: usize = 20;

/// Most tokens of a link among which names are looked for.
const MAX_LINKED: usize = 64;

/// True for a tag that Notion's markdown has inside text.
fn is_notions(source: &str, position: usize) -> bool {
    Tag::read(source, position).is_some_and(|tag| {
        tag.shape != Shape::Closing
            && (tag.name == "span" || tag.name == "date" || tag.name.starts_with("mention"))
    })
}

pub(super) fn sign(start: usize, end: usize) -> Token {
    Token::Sign(Box::new(Sign { start, end, ..Sign::default() }))
}
