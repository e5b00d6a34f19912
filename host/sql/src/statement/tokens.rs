//! The tokens of a statement, as far as they tell where its words, its quotes and its end are.

use toolbay_kernel::sql::SqlEngine;

use super::kind::StatementError;

/// A piece of a statement. Comments and spaces are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A word without quotes: a keyword or a name.
    Word(&'a str),
    /// A name in quotes, without them.
    Quoted(&'a str),
    /// A text, a number or a parameter.
    Value,
    /// Any other character.
    Sign(char),
}

/// A token, and where it begins in the text, in bytes.
pub(super) type Placed<'a> = (usize, Token<'a>);

/// Takes a text apart.
///
/// # Errors
///
/// What isn't closed, what the engine takes otherwise than it looks, and parameters with names.
pub(super) fn tokens(text: &str, engine: SqlEngine) -> Result<Vec<Placed<'_>>, StatementError> {
    let mut reader = Reader { text, at: 0, is_postgres: engine == SqlEngine::Postgres };
    let mut tokens = Vec::new();
    // To SQLite they are two counts: `?1` is whatever stands first.
    let (mut has_marks, mut has_dollars) = (false, false);
    while let Some(byte) = reader.byte(0) {
        let begin = reader.at;
        if let Some(token) = reader.next(byte)? {
            has_marks |= byte == b'?' && token == Token::Value;
            has_dollars |= byte == b'$' && token == Token::Value;
            tokens.push((begin, token));
        }
    }
    if has_marks && has_dollars { Err(StatementError::MixedParameters) } else { Ok(tokens) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    is_postgres: bool,
}

impl<'a> Reader<'a> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// What is left to read.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What was read since then.
    fn since(&self, begin: usize) -> &'a str {
        self.text.get(begin..self.at).unwrap_or_default()
    }

    fn next(&mut self, byte: u8) -> Result<Option<Token<'a>>, StatementError> {
        match (byte, self.byte(1)) {
            (0, _) => return Err(StatementError::NulCharacter),
            (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => {
                self.at += 1;
                return Ok(None);
            }
            (b'-', Some(b'-')) => {
                self.skip_line();
                return Ok(None);
            }
            (b'/', Some(b'*')) => {
                self.skip_comment()?;
                return Ok(None);
            }
            _ => {}
        }
        Ok(Some(match byte {
            b'\'' => {
                self.skip_quoted('\'', false)?;
                Token::Value
            }
            b'"' => self.quoted('"')?,
            b'`' if !self.is_postgres => self.quoted('`')?,
            b'[' if !self.is_postgres => self.quoted(']')?,
            b'$' => self.dollar()?,
            b'?' if !self.is_postgres => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                Token::Value
            }
            b':' | b'@' | b'#' if !self.is_postgres => return Err(StatementError::NamedParameter),
            b'0'..=b'9' => {
                self.skip_while(|byte| byte.is_ascii_digit() || byte == b'.');
                Token::Value
            }
            _ if begins_word(byte) => self.word()?,
            _ => {
                self.at += 1;
                Token::Sign(char::from(byte))
            }
        }))
    }

    fn word(&mut self) -> Result<Token<'a>, StatementError> {
        let begin = self.at;
        self.skip_while(is_in_word);
        let word = self.since(begin);
        if self.is_postgres {
            match (word, self.byte(0), self.byte(1)) {
                ("e" | "E", Some(b'\''), _) => {
                    self.skip_quoted('\'', true)?;
                    self.refuse_continued()?;
                    return Ok(Token::Value);
                }
                // A name that is written in numbers is one that nobody could look for here.
                ("u" | "U", Some(b'&'), Some(b'"' | b'\'')) => return Err(StatementError::UnicodeQuotes),
                _ => {}
            }
        }
        Ok(Token::Word(word))
    }

    /// A text that goes on after a new line is read by the rules of its first part, which is easily overlooked.
    fn refuse_continued(&mut self) -> Result<(), StatementError> {
        let next = self.rest().trim_start();
        if next.starts_with('\'') || next.starts_with("--") {
            return Err(StatementError::ContinuedText);
        }
        Ok(())
    }

    /// `$1`, or in PostgreSQL a text between dollars.
    fn dollar(&mut self) -> Result<Token<'a>, StatementError> {
        let begin = self.at;
        self.at += 1;
        if self.byte(0).is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip_while(|byte| byte.is_ascii_digit());
            // SQLite would read on: `$1a`, `$1::a` and `$1(…)` are names to it.
            let is_name = |byte: u8| is_in_word(byte) || (!self.is_postgres && matches!(byte, b'(' | b':'));
            let goes_on = self.byte(0).is_some_and(is_name);
            return if goes_on { Err(StatementError::NamedParameter) } else { Ok(Token::Value) };
        }
        if !self.is_postgres {
            return Err(StatementError::NamedParameter);
        }
        self.skip_while(|byte| is_in_word(byte) && byte != b'$');
        if self.byte(0) != Some(b'$') {
            self.at = begin + 1;
            return Ok(Token::Sign('$'));
        }
        self.at += 1;
        let mark = self.since(begin);
        let length = self.rest().find(mark).ok_or(StatementError::NotClosed("text"))?;
        self.at += length + mark.len();
        Ok(Token::Value)
    }

    fn quoted(&mut self, end: char) -> Result<Token<'a>, StatementError> {
        let begin = self.at + 1;
        self.skip_quoted(end, false)?;
        Ok(Token::Quoted(self.text.get(begin..self.at - 1).unwrap_or_default()))
    }

    /// Goes behind the quote that closes what the next character opens. A doubled one is a character; one after `]` isn't.
    fn skip_quoted(&mut self, end: char, has_escapes: bool) -> Result<(), StatementError> {
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character == '\\' && has_escapes {
                characters.next();
            } else if character == end {
                let is_doubled = end != ']' && characters.next_if(|(_, next)| *next == end).is_some();
                if !is_doubled {
                    self.at += at + 1;
                    return Ok(());
                }
            }
        }
        Err(StatementError::NotClosed(if end == '\'' { "text" } else { "name" }))
    }

    fn skip_line(&mut self) {
        let is_end = |letter| letter == '\n' || (self.is_postgres && letter == '\r');
        self.at += self.rest().find(is_end).unwrap_or(self.rest().len());
    }

    /// PostgreSQL's comments can hold others.
    fn skip_comment(&mut self) -> Result<(), StatementError> {
        self.at += 2;
        let mut depth = 1_usize;
        while depth > 0 {
            match (self.byte(0), self.byte(1)) {
                (None, _) => return Err(StatementError::NotClosed("comment")),
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                }
                (Some(b'/'), Some(b'*')) if self.is_postgres => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn skip_while(&mut self, is_part: impl Fn(u8) -> bool) {
        let bytes = self.rest().bytes();
        self.at += bytes.take_while(|byte| is_part(*byte)).count();
    }
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_in_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}
