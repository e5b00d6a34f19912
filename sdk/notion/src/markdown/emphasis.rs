//! Stars, underscores and tildes: `CommonMark`'s rule of delimiter runs.

use super::read::{Opener, Reader, STAR, TILDES, UNDERSCORE};
use super::scan::look;
use super::script::is_east_asian;
use super::token::{Mark, Sign, Token};

impl Reader<'_> {
    /// Reads a run of one sign; answers with its end.
    pub(super) fn delimiters(&mut self, kind: usize, byte: u8, position: usize) -> usize {
        let length = self.row(byte, position);
        let end = position + length;
        self.flush(position);
        let (before, after) = (self.before(position), self.after(end));
        let (mut can_open, mut can_close) = (flanks(before, after), flanks(after, before));
        if kind == UNDERSCORE && can_open && can_close {
            (can_open, can_close) = (!is_word(before), !is_word(after));
        }
        if kind == TILDES && length != 2 || kind == STAR && is_inside_word(length, before, after) {
            (can_open, can_close) = (false, false);
        }
        let mut own = Sign { start: position, end, ..Sign::default() };
        while can_close && own.start < own.end {
            let Some(place) = self.matching(kind, length, can_open) else { break };
            let Some(Token::Sign(opened)) =
                self.stack.get(place).and_then(|opener| self.tokens.get_mut(opener.token))
            else {
                break;
            };
            let pair = own.end - own.start >= 2 && opened.end - opened.start >= 2;
            let mark = match (kind, pair) {
                (TILDES, _) => Mark::Strikethrough,
                (_, true) => Mark::Bold,
                (_, false) => Mark::Italic,
            };
            let used = if pair { 2 } else { 1 };
            opened.opens.push(mark);
            opened.end -= used;
            let spent = opened.end == opened.start;
            own.closes += 1;
            own.start += used;
            self.forget_from(if spent { place } else { place + 1 });
        }
        if can_open && own.start < own.end {
            self.wait(Opener { kind, token: self.tokens.len(), length, can_close });
        }
        self.tokens.push(Token::Sign(Box::new(own)));
        end
    }

    /// The place of the last run that waits and that a run of this length may end.
    fn matching(&mut self, kind: usize, length: usize, can_open: bool) -> Option<usize> {
        let waiting = self.waiting.get(kind)?;
        let hopeless = self.hopeless.get_mut(kind)?.get_mut(length % 3 + if can_open { 3 } else { 0 })?;
        let fits = |place: &&usize| {
            look(1);
            let Some(opener) = self.stack.get(**place) else { return false };
            let either = opener.can_close || can_open;
            !either
                || !(opener.length + length).is_multiple_of(3)
                || (opener.length.is_multiple_of(3) && length.is_multiple_of(3))
        };
        let found = waiting.iter().skip(*hopeless).rev().find(fits).copied();
        if found.is_none() {
            *hopeless = waiting.len();
        }
        found
    }
}

/// `CommonMark`'s "left-flanking", and "right-flanking" with the sides swapped. Scripts without blanks between words need
/// none beside a sign.
pub(super) fn flanks(outside: Option<char>, inside: Option<char>) -> bool {
    match inside {
        None => false,
        Some(inside) if inside.is_whitespace() => false,
        Some(inside) => {
            inside.is_alphanumeric()
                || !is_word(outside)
                || is_east_asian(inside)
                || outside.is_some_and(is_east_asian)
        }
    }
}

/// True for stars that stand in a word or number, such as those of `2*3*4`, `a*b` and `x**2`: they mark no words. Two
/// stars between letters do, as `CommonMark` has it.
pub(super) fn is_inside_word(length: usize, before: Option<char>, after: Option<char>) -> bool {
    let is_part =
        |near: Option<char>| near.is_some_and(|near| near.is_alphanumeric() && !is_east_asian(near));
    let is_digit = |near: Option<char>| near.is_some_and(char::is_numeric);
    is_part(before) && is_part(after) && (length == 1 || is_digit(before) || is_digit(after))
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(char::is_alphanumeric)
}
