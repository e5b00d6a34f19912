//! Tags, addresses and equations inside text.

use std::rc::Rc;

use super::link;
use super::meaning::{marks, mention};
use super::read::{FIRST_TAG, Opener, Reader, TAGS, sign};
use super::run::Content;
use super::scan::look;
use super::tag::{Shape, Tag};
use super::token::{Mark, Sign, Token};

/// Bytes that an expression of Notion's can't exceed.
const MAX_EXPRESSION_LENGTH: usize = 4 * super::EXPRESSION_LIMIT;

impl Reader<'_> {
    /// `` $`..`$ ``, or `$..$` where neither can be an amount of money.
    pub(super) fn equation(&mut self, position: usize) -> Option<usize> {
        let source = self.source;
        if self.byte(position + 1) == Some(b'`') {
            let search = |from: usize| {
                let found = source.get(from..)?.find("`$");
                look(found.unwrap_or(source.len() - from));
                found.map(|found| from + found)
            };
            let close = self.equation_ends.next(position + 2, search)?;
            return self.push_equation(position, position + 2, close, close + 2);
        }
        if self
            .before(position)
            .is_some_and(|before| before.is_alphanumeric() || matches!(before, '$' | '\\'))
        {
            return None;
        }
        if self.after(position + 1).is_none_or(|after| after.is_whitespace() || after == '$') {
            return None;
        }
        let close = self.dollars.next(position + 1, |from| dollar_or_line_end(source, from))?;
        if self.byte(close) != Some(b'$') || is_money(source.get(position + 1..close)?) {
            return None;
        }
        self.push_equation(position, position + 1, close, close + 1)
    }

    fn push_equation(&mut self, position: usize, start: usize, end: usize, after: usize) -> Option<usize> {
        if end.saturating_sub(start) > MAX_EXPRESSION_LENGTH {
            return None;
        }
        let expression =
            self.source.get(start..end).filter(|inside| super::is_expression(inside))?.to_owned();
        self.push(position, Token::Piece(Box::new(Content::Equation(expression))));
        Some(after)
    }

    /// Reads a tag or an address; answers with its end.
    pub(super) fn tag(&mut self, position: usize) -> Option<usize> {
        if let Some(end) = self.address(position) {
            return Some(end);
        }
        let tag = Tag::read(self.source, position)?;
        if tag.name == "br" && tag.shape != Shape::Closing {
            self.push(position, Token::Character('\n'));
            return Some(tag.end);
        }
        let kind = FIRST_TAG + TAGS.iter().position(|name| *name == tag.name)?;
        match tag.shape {
            Shape::Empty => {
                let mention = mention(&tag)?;
                self.push(position, Token::Piece(Box::new(Content::Mention(mention))));
            }
            Shape::Opening => {
                if tag.name != "equation" && mention(&tag).is_none() && marks(&tag).is_none() {
                    return None;
                }
                self.flush(position);
                let length = tag.end - position;
                self.wait(Opener { kind, token: self.tokens.len(), length, can_close: false });
                self.push(position, sign(position, tag.end));
            }
            Shape::Closing => {
                self.flush(position);
                let place = self.waiting.get_mut(kind)?.pop()?;
                let opener = self.stack.get(place)?.token;
                self.close_tag(opener, position, tag.end)?;
                self.forget_from(place);
            }
        }
        Some(tag.end)
    }

    /// Joins a closing tag with the sign of its opening one; none where the opening one means nothing.
    fn close_tag(&mut self, opener: usize, position: usize, end: usize) -> Option<()> {
        let source = self.source;
        let Some(Token::Sign(opened)) = self.tokens.get_mut(opener) else { return None };
        let tag = Tag::read(source, opened.start)?;
        let content = match tag.name {
            "equation" => Some(Content::Equation(self.words_after(opener)?)),
            name if name.starts_with("mention") || name == "date" => Some(Content::Mention(mention(&tag)?)),
            _ => None,
        };
        if let Some(content) = content {
            self.tokens.truncate(opener);
            self.tokens.push(Token::Piece(Box::new(content)));
            return Some(());
        }
        let marks = marks(&tag)?;
        let mut closing = Sign { start: end, end, ..Sign::default() };
        closing.closes = marks.len();
        if let Some(Token::Sign(opened)) = self.tokens.get_mut(opener) {
            (opened.start, opened.end) = (position, position);
            opened.opens = marks;
        }
        self.tokens.push(Token::Sign(Box::new(closing)));
        Some(())
    }

    /// The expression that the tokens after one spell; none where they are more than one can hold.
    fn words_after(&self, token: usize) -> Option<String> {
        let mut words = String::new();
        for (count, token) in self.tokens.iter().skip(token + 1).enumerate() {
            look(1);
            if words.len().max(count) > MAX_EXPRESSION_LENGTH {
                return None;
            }
            match token {
                Token::Source(start, end) | Token::Code(start, end) | Token::Person(start, end, _) => {
                    words.push_str(self.source.get(*start..*end).unwrap_or_default());
                }
                Token::Character(character) => words.push(*character),
                Token::Sign(sign) => {
                    words.push_str(self.source.get(sign.start..sign.end).unwrap_or_default());
                }
                Token::Piece(content) => {
                    if let Content::Text(text) | Content::Equation(text) = content.as_ref() {
                        words.push_str(text);
                    }
                }
            }
        }
        super::is_expression(&words).then_some(words)
    }

    /// `<https://..>`
    fn address(&mut self, position: usize) -> Option<usize> {
        let rest = self.source.get(position + 1..)?;
        let length = rest.find(['<', '>', ' ', '\n']);
        look(length.unwrap_or(rest.len()));
        let length = length?;
        let url = rest.get(..length).filter(|url| !url.starts_with('/') && link::is_link(url))?;
        rest.get(length..)?.strip_prefix('>')?;
        let (start, end) = (position + 1, position + 1 + length);
        let opens = vec![Mark::Link(Rc::from(url))];
        self.push(position, Token::Sign(Box::new(Sign { opens, ..Sign::default() })));
        self.tokens.push(Token::Source(start, end));
        self.tokens.push(Token::Sign(Box::new(Sign { closes: 1, ..Sign::default() })));
        Some(end + 1)
    }
}

/// True for what follows the `$` before an amount. After a digit only what no amount looks like is an expression, such as
/// `2x^2`; a look at its first characters tells.
fn is_money(inside: &str) -> bool {
    const MAX_LENGTH: usize = 200;
    if !inside.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let is_formula = |character: char| character.is_alphabetic() || "\\^_={}+*/<>!".contains(character);
    let mut characters = inside.chars().take(MAX_LENGTH).inspect(|_| look(1));
    let mut found = false;
    characters.any(|character| {
        found |= is_formula(character);
        character.is_whitespace()
    }) || !found
}

/// The next `$` that can end an equation, or the end of the line.
fn dollar_or_line_end(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut before = b' ';
    for (position, byte) in bytes.iter().enumerate().skip(from) {
        look(1);
        match byte {
            b'\n' => return Some(position),
            b'$' if !before.is_ascii_whitespace() && before != b'\\' => {
                let after = source.get(position + 1..).and_then(|rest| rest.chars().next());
                if after.is_none_or(|after| !after.is_alphanumeric() && after != '$') {
                    return Some(position);
                }
            }
            _ => {}
        }
        before = *byte;
    }
    None
}
