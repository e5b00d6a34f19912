//! What the reader makes of the source before it knows which signs belong together.

use std::rc::Rc;

use super::run::{Content, Mention, Run, Style, push};
use crate::NotionId;
use crate::color::Color;

/// A look that starts at one place and ends at another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Bold,
    Italic,
    Strikethrough,
    Code,
    Span { underline: bool, color: Option<Color> },
    Link(Rc<str>),
}

/// A piece of the source.
#[derive(Debug)]
pub(super) enum Token {
    /// As it stands there.
    Source(usize, usize),
    /// As it stands there, as code.
    Code(usize, usize),
    /// A character that was written by its number or as a tag.
    Character(char),
    /// An equation or mention.
    Piece(Box<Content>),
    /// A name after `@`, and whose it is.
    Person(usize, usize, NotionId),
    /// A sign: marks may end and start here.
    Sign(Box<Sign>),
}

/// A place where marks end and start. What is left of the sign itself stands between the two.
#[derive(Debug, Default)]
pub(super) struct Sign {
    pub(super) closes: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Innermost first.
    pub(super) opens: Vec<Mark>,
}

/// The marks that are open at a place.
#[derive(Debug, Default)]
struct Open {
    marks: Vec<Mark>,
    bold: usize,
    italic: usize,
    strikethrough: usize,
    code: usize,
    underline: usize,
    colors: Vec<Color>,
    links: Vec<Rc<str>>,
}

impl Open {
    fn open(&mut self, mark: Mark) {
        match &mark {
            Mark::Bold => self.bold += 1,
            Mark::Italic => self.italic += 1,
            Mark::Strikethrough => self.strikethrough += 1,
            Mark::Code => self.code += 1,
            Mark::Span { underline, color } => {
                self.underline += usize::from(*underline);
                self.colors.extend(color);
            }
            Mark::Link(url) => self.links.push(Rc::clone(url)),
        }
        self.marks.push(mark);
    }

    fn close(&mut self) {
        match self.marks.pop() {
            Some(Mark::Bold) => self.bold -= 1,
            Some(Mark::Italic) => self.italic -= 1,
            Some(Mark::Strikethrough) => self.strikethrough -= 1,
            Some(Mark::Code) => self.code -= 1,
            Some(Mark::Span { underline, color }) => {
                self.underline -= usize::from(underline);
                if color.is_some() {
                    self.colors.pop();
                }
            }
            Some(Mark::Link(_)) => {
                self.links.pop();
            }
            None => {}
        }
    }

    fn run(&self, content: Content, code: bool) -> Run {
        let style = Style {
            bold: self.bold > 0,
            italic: self.italic > 0,
            strikethrough: self.strikethrough > 0,
            underline: self.underline > 0,
            code: code || self.code > 0,
            color: self.colors.last().copied(),
        };
        let link = match content {
            Content::Text(_) => self.links.last().cloned(),
            Content::Equation(_) | Content::Mention(_) => None,
        };
        Run { content, style, link }
    }
}

/// The runs that tokens stand for.
pub(super) fn runs(source: &str, tokens: Vec<Token>) -> Vec<Run> {
    let text = |start: usize, end: usize| source.get(start..end).unwrap_or_default().to_owned();
    let (mut runs, mut open) = (Vec::new(), Open::default());
    for token in tokens {
        match token {
            Token::Source(start, end) => push(&mut runs, open.run(Content::Text(text(start, end)), false)),
            Token::Code(start, end) => push(&mut runs, open.run(Content::Text(text(start, end)), true)),
            Token::Character(character) => {
                push(&mut runs, open.run(Content::Text(character.to_string()), false));
            }
            Token::Piece(content) => push(&mut runs, open.run(*content, false)),
            Token::Person(_, _, id) => {
                push(&mut runs, open.run(Content::Mention(Mention::User(id)), false));
            }
            Token::Sign(sign) => {
                for _ in 0..sign.closes {
                    open.close();
                }
                push(&mut runs, open.run(Content::Text(text(sign.start, sign.end)), false));
                for mark in sign.opens.into_iter().rev() {
                    open.open(mark);
                }
            }
        }
    }
    runs
}
