//! The grammar of formulas.

use std::ops::Range;

/// The longest expression that is read, in bytes.
const LENGTH: usize = 10_000;
/// The deepest nesting that is read.
const NESTING: usize = 60;

/// A formula as a tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Text(String),
    Truth(bool),
    Property(String),
    /// An operator or a function with its operands.
    Call(String, Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Word(String),
    Reference(String),
    Sign(&'static str),
}

const SIGNS: [&str; 23] = [
    "==", "!=", ">=", "<=", "&&", "||", "+", "-", "*", "/", "%", "^", ">", "<", "!", "?", ":", "(", ")", ",",
    ".", "[", "]",
];

/// Operators that take two operands, the weakest first; each level holds its signs and what they are called.
const LEVELS: [&[(&str, &str)]; 6] = [
    &[("||", "or"), ("or", "or")],
    &[("&&", "and"), ("and", "and")],
    &[("==", "=="), ("!=", "!=")],
    &[(">", ">"), ("<", "<"), (">=", ">="), ("<=", "<=")],
    &[("+", "+"), ("-", "-")],
    &[("*", "*"), ("/", "/"), ("%", "%")],
];

/// Reads an expression.
pub(super) fn expression(text: &str) -> Result<Expression, String> {
    if text.len() > LENGTH {
        return Err(format!("The formula is longer than {LENGTH} bytes."));
    }
    let mut reader = Reader { tokens: tokens(text)?.into_iter().map(|(token, _)| token).collect(), at: 0 };
    let found = reader.ternary(0)?;
    match reader.tokens.get(reader.at) {
        None => Ok(found),
        Some(token) => Err(format!("The formula can't be read at {token:?}.")),
    }
}

/// The columns that an expression names, each with the place of its `prop("…")`.
pub(super) fn named_properties(text: &str) -> Vec<(Range<usize>, String)> {
    let tokens = tokens(text).unwrap_or_default();
    let found = tokens.windows(4).filter_map(|four| match four {
        [
            (Token::Word(word), from),
            (Token::Sign("("), _),
            (Token::Text(name), _),
            (Token::Sign(")"), to),
        ] if word == "prop" => Some((from.start..to.end, name.clone())),
        _ => None,
    });
    found.collect()
}

/// A column by its id, as an expression is read back.
fn reference(text: &str) -> Option<(Token, usize)> {
    let (inner, _) = text.strip_prefix("{{notion:block_property:")?.split_once("}}")?;
    // The id may have a colon; what follows it, the id of a space or of two, has none.
    let mut id = inner;
    while let Some((before, last)) = id.rsplit_once(':')
        && crate::identifiers::is_dashed_uuid(last)
    {
        id = before;
    }
    Some((Token::Reference(id.to_owned()), "{{notion:block_property:".len() + inner.len() + "}}".len()))
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if let Some(reference) = reference(rest) {
            reference
        } else if first == '"' || first == '\'' {
            quoted(rest, first)?
        } else if first.is_ascii_digit() {
            let length = rest.find(|each: char| !each.is_ascii_digit() && each != '.').unwrap_or(rest.len());
            let digits = rest.get(..length).unwrap_or_default();
            (Token::Number(digits.parse().map_err(|_| format!("{digits} is no number."))?), length)
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|each: char| !each.is_alphanumeric() && each != '_').unwrap_or(rest.len());
            (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("{first} can't be read in a formula."))?;
            (Token::Sign(sign), sign.len())
        };
        let start = text.len() - rest.len();
        found.push((token, start..start + length));
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(found)
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), String> {
    let mut inner = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, 'n')) => inner.push('\n'),
                Some((_, 't')) => inner.push('\t'),
                Some((_, escaped)) => inner.push(escaped),
                None => break,
            },
            _ if letter == quote => return Ok((Token::Text(inner), place + 1)),
            _ => inner.push(letter),
        }
    }
    Err("A text in the formula has no end.".to_owned())
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn takes(&mut self, wanted: &str) -> bool {
        let found = match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) => *sign == wanted,
            Some(Token::Word(word)) => word == wanted,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expects(&mut self, wanted: &str) -> Result<(), String> {
        if self.takes(wanted) { Ok(()) } else { Err(format!("The formula lacks a {wanted}.")) }
    }

    fn ternary(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > NESTING {
            return Err("The formula is nested too deep.".to_owned());
        }
        let condition = self.level(0, depth)?;
        if !self.takes("?") {
            return Ok(condition);
        }
        let yes = self.ternary(depth + 1)?;
        self.expects(":")?;
        let no = self.ternary(depth + 1)?;
        Ok(Expression::Call("if".to_owned(), vec![condition, yes, no]))
    }

    fn level(&mut self, level: usize, depth: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary(depth) };
        let mut left = self.level(level + 1, depth)?;
        while let Some((_, name)) = operators.iter().find(|(sign, _)| self.takes(sign)) {
            let right = self.level(level + 1, depth)?;
            left = Expression::Call((*name).to_owned(), vec![left, right]);
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > NESTING {
            return Err("The formula is nested too deep.".to_owned());
        }
        if self.takes("-") {
            return Ok(Expression::Call("-".to_owned(), vec![self.unary(depth + 1)?]));
        }
        if self.takes("!") || self.takes("not") {
            return Ok(Expression::Call("not".to_owned(), vec![self.unary(depth + 1)?]));
        }
        let base = self.dotted(depth)?;
        if self.takes("^") {
            return Ok(Expression::Call("^".to_owned(), vec![base, self.unary(depth + 1)?]));
        }
        Ok(base)
    }

    /// What stands before a dot is the first argument of what stands behind it.
    fn dotted(&mut self, depth: usize) -> Result<Expression, String> {
        let mut found = self.primary(depth)?;
        while self.takes(".") {
            let Some(Token::Word(name)) = self.tokens.get(self.at).cloned() else {
                return Err("The formula lacks a function behind a dot.".to_owned());
            };
            self.at += 1;
            self.expects("(")?;
            let mut arguments = vec![found];
            arguments.extend(self.arguments(")", depth)?);
            found = Expression::Call(name, arguments);
        }
        Ok(found)
    }

    fn arguments(&mut self, end: &str, depth: usize) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        if self.takes(end) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.ternary(depth + 1)?);
            if self.takes(end) {
                return Ok(arguments);
            }
            self.expects(",")?;
        }
    }

    fn primary(&mut self, depth: usize) -> Result<Expression, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Number(number)) => Ok(Expression::Number(number)),
            Some(Token::Text(text)) => Ok(Expression::Text(text)),
            Some(Token::Word(word)) if word == "true" || word == "false" => {
                Ok(Expression::Truth(word == "true"))
            }
            Some(Token::Sign("(")) => {
                let inner = self.ternary(depth + 1)?;
                self.expects(")")?;
                Ok(inner)
            }
            Some(Token::Sign("[")) => Ok(Expression::Call("list".to_owned(), self.arguments("]", depth)?)),
            Some(Token::Reference(id)) => Ok(Expression::Property(id)),
            // A word alone is a constant, or a name that `let` gives.
            Some(Token::Word(word)) if self.tokens.get(self.at) != Some(&Token::Sign("(")) => {
                Ok(Expression::Call(word, Vec::new()))
            }
            Some(Token::Word(word)) => self.call(word, depth),
            Some(token) => Err(format!("The formula can't be read at {token:?}.")),
            None => Err("The formula ends too early.".to_owned()),
        }
    }

    fn call(&mut self, name: String, depth: usize) -> Result<Expression, String> {
        self.expects("(")?;
        let arguments = self.arguments(")", depth)?;
        match (name.as_str(), arguments.as_slice()) {
            ("prop", [Expression::Text(property)]) => Ok(Expression::Property(property.clone())),
            ("prop", _) => Err("prop() takes the name of one property.".to_owned()),
            _ => Ok(Expression::Call(name, arguments)),
        }
    }
}
