//! What a statement does.

use toolbay_kernel::nearest::nearest;
use toolbay_kernel::sql::SqlEngine;
use toolbay_kernel::{Access, Code, Problem};

use super::functions;
use super::tokens::{Placed, Token, tokens};

/// The words that statements begin with which tools may have carried out: what another word was meant as.
const VERBS: [&str; 14] = [
    "SELECT", "VALUES", "WITH", "EXPLAIN", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE",
    "ALTER", "CREATE", "DROP", "PRAGMA",
];

/// Those of other statements of SQLite and PostgreSQL that are like one of these.
const OTHERS: [&str; 10] = [
    "RELEASE", "REINDEX", "EXECUTE", "ATTACH", "DETACH", "ANALYZE", "VACUUM", "COMMENT", "CLUSTER", "REVOKE",
];

/// What tools may have carried out.
const KNOWN: &str = "SELECT, VALUES, WITH, EXPLAIN (of SQLite), INSERT, UPDATE, DELETE, REPLACE, MERGE, TRUNCATE, ALTER TABLE, and CREATE or DROP of \
                     a TABLE, an INDEX or a VIEW";

/// What of a statement its engine has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A query, or a plan: rows, and nothing else.
    Query,
    /// Anything else.
    Command,
}

/// A statement whose text was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// Its text, without the `;` at its end and what comes after it.
    pub(crate) text: &'a str,
    pub(crate) access: Access,
    pub(crate) kind: Kind,
    /// Its first word, in capitals.
    pub(crate) verb: &'static str,
}

/// Why a statement isn't carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StatementError {
    #[error("The statement is empty.")]
    Empty,
    #[error("The text has several statements.")]
    Several,
    #[error("A {0} in the statement isn't closed.")]
    NotClosed(&'static str),
    #[error("The statement has a NUL character.")]
    NulCharacter,
    #[error("The statement has a parameter with a name.")]
    NamedParameter,
    #[error("The statement has parameters of both forms, $1 and ?.")]
    MixedParameters,
    #[error("The statement has a text or a name of the form U&\"…\".")]
    UnicodeQuotes,
    #[error("The statement has a text of the form E'…' that may go on in a further line.")]
    ContinuedText,
    #[error("The statement doesn't begin with a word.")]
    NoVerb,
    #[error("`{0}` isn't carried out for tools.")]
    Verb(String),
    #[error("The statement begins with `{0}`, which is no word of SQL.")]
    Misspelt(String, &'static str),
    #[error("`{0}` of this isn't carried out for tools.")]
    Thing(&'static str),
    #[error("PRAGMA isn't carried out for tools.")]
    Pragma,
    #[error("The function `{0}` isn't carried out for tools.")]
    Function(String),
    #[error("EXPLAIN isn't carried out for tools on a server.")]
    Explain,
    #[error("What is temporary isn't carried out for tools.")]
    Temporary,
    #[error("A statement that changes something can't name `pg_settings`.")]
    Settings,
    #[error("`pg_catalog` is the name of the server's own schema alone.")]
    Catalog,
}

impl StatementError {
    /// What the caller reads.
    pub(crate) fn problem(&self) -> Problem {
        let (code, hint) = match self {
            Self::Empty | Self::NoVerb => (Code::InvalidInput, format!("Give one of {KNOWN}.")),
            Self::Several => (Code::InvalidInput, "Give one statement at a time.".to_owned()),
            Self::NotClosed(_) => (Code::InvalidInput, "Close it. Give values as parameters.".to_owned()),
            Self::NulCharacter => (Code::InvalidInput, "Leave it out.".to_owned()),
            Self::MixedParameters => (Code::InvalidInput, "Write all of them as $1, $2.".to_owned()),
            Self::NamedParameter => (
                Code::InvalidInput,
                "Number the parameters: $1, $2. A name in a text needs quotes.".to_owned(),
            ),
            Self::UnicodeQuotes | Self::ContinuedText => {
                (Code::InvalidInput, "Write it in plain quotes, or give it as a parameter.".to_owned())
            }
            Self::Misspelt(_, near) => (Code::InvalidInput, format!("Did you mean {near}?")),
            Self::Verb(_) | Self::Thing(_) => (Code::Forbidden, format!("There are {KNOWN}.")),
            Self::Pragma => (
                Code::Forbidden,
                "Ask for what there is by SELECT: FROM pragma_table_info('NAME'), or FROM sqlite_schema."
                    .to_owned(),
            ),
            Self::Function(_) => {
                (Code::Forbidden, "Functions that only compute something may be used.".to_owned())
            }
            Self::Explain => {
                (Code::Forbidden, "A plan there may be of any size. Ask for the rows themselves.".to_owned())
            }
            Self::Temporary => (Code::Forbidden, "Use WITH, or a table that stays.".to_owned()),
            Self::Settings => (Code::Forbidden, "Read it by a query of its own.".to_owned()),
            Self::Catalog => (Code::Forbidden, "Write pg_catalog.NAME, and call nothing else so.".to_owned()),
        };
        Problem::new(code, self.to_string()).hint(hint)
    }
}

/// Reads what a statement does.
///
/// # Errors
///
/// What isn't one statement, and what isn't carried out for tools.
pub(crate) fn read(text: &str, engine: SqlEngine) -> Result<Statement<'_>, StatementError> {
    let mut tokens = tokens(text, engine)?;
    let end = tokens.iter().position(|(_, token)| *token == Token::Sign(';'));
    let mut text = text;
    let mut is_several = false;
    if let Some(end) = end {
        is_several = tokens.iter().skip(end).any(|(_, token)| *token != Token::Sign(';'));
        let at = tokens.get(end).map_or(text.len(), |(at, _)| *at);
        text = text.get(..at).unwrap_or(text);
        tokens.truncate(end);
    }
    let is_postgres = engine == SqlEngine::Postgres;
    if is_postgres {
        check_functions(&tokens)?;
        check_temporary(&tokens)?;
    }
    let (verb, access, kind) = judged(&tokens, is_postgres)?;
    if is_several {
        return Err(StatementError::Several);
    }
    let access = access.max(strongest(&tokens));
    if is_postgres && access != Access::Reads {
        check_settings(&tokens)?;
    }
    let kind = if verb == "WITH" && access != Access::Reads { Kind::Command } else { kind };
    Ok(Statement { text, access, kind, verb })
}

/// What the first words say.
fn judged(tokens: &[Placed<'_>], is_postgres: bool) -> Result<(&'static str, Access, Kind), StatementError> {
    let words = Words {
        tokens: tokens
            .iter()
            .map(|(_, token)| *token)
            .skip_while(|token| *token == Token::Sign('('))
            .collect(),
    };
    let Some(first) = words.tokens.first() else { return Err(StatementError::Empty) };
    let Token::Word(first) = first else {
        return Err(StatementError::NoVerb);
    };
    let verb = first.to_ascii_uppercase();
    Ok(match verb.as_str() {
        "SELECT" => ("SELECT", Access::Reads, Kind::Query),
        "VALUES" => ("VALUES", Access::Reads, Kind::Query),
        "WITH" => ("WITH", Access::Reads, Kind::Query),
        "TABLE" if is_postgres => ("TABLE", Access::Reads, Kind::Query),
        // No query can be put around it that bounds what it answers.
        "EXPLAIN" if is_postgres => return Err(StatementError::Explain),
        "EXPLAIN" => {
            words.check_explained()?;
            ("EXPLAIN", Access::Reads, Kind::Query)
        }
        "INSERT" => ("INSERT", Access::Writes, Kind::Command),
        "UPDATE" => ("UPDATE", Access::Writes, Kind::Command),
        "MERGE" if is_postgres => ("MERGE", Access::Writes, Kind::Command),
        "DELETE" => ("DELETE", Access::Destroys, Kind::Command),
        "REPLACE" if !is_postgres => ("REPLACE", Access::Destroys, Kind::Command),
        "TRUNCATE" if is_postgres => ("TRUNCATE", Access::Destroys, Kind::Command),
        "CREATE" => {
            words.check_thing("CREATE")?;
            ("CREATE", Access::Writes, Kind::Command)
        }
        "ALTER" => {
            words.check_thing("ALTER")?;
            ("ALTER", Access::Destroys, Kind::Command)
        }
        "DROP" => {
            words.check_thing("DROP")?;
            ("DROP", Access::Destroys, Kind::Command)
        }
        "PRAGMA" if !is_postgres => return Err(StatementError::Pragma),
        _ => {
            let verb: String = verb.chars().take(40).collect();
            return Err(match nearest(&verb, VERBS) {
                Some(near) if !OTHERS.contains(&verb.as_str()) => StatementError::Misspelt(verb, near),
                _ => StatementError::Verb(verb),
            });
        }
    })
}

/// The tokens from the first word on.
struct Words<'a> {
    tokens: Vec<Token<'a>>,
}

impl Words<'_> {
    /// `CREATE`, `ALTER` and `DROP` are carried out of tables, indexes and views. What carries code of its own, such as a trigger or a
    /// function, and what is a session's alone, isn't made; nor is a person's or a server's right changed.
    fn check_thing(&self, verb: &'static str) -> Result<(), StatementError> {
        let mut tokens = self.tokens.iter().skip(1).peekable();
        let mut passed = |words: &[&str]| {
            while tokens.next_if(|token| words.iter().any(|word| is_word(token, word))).is_some() {}
            tokens.peek().copied().copied()
        };
        let thing = match verb {
            "CREATE" => passed(&["OR", "REPLACE", "UNIQUE", "UNLOGGED", "MATERIALIZED"]),
            "DROP" => passed(&["MATERIALIZED"]),
            _ => passed(&[]),
        };
        let known: &[&str] = if verb == "ALTER" { &["TABLE"] } else { &["TABLE", "INDEX", "VIEW"] };
        let is_known = thing.is_some_and(|thing| known.iter().any(|word| is_word(&thing, word)));
        if is_known { Ok(()) } else { Err(StatementError::Thing(verb)) }
    }

    /// What can be explained is what can be carried out.
    fn check_explained(&self) -> Result<(), StatementError> {
        const EXPLAINED: [&str; 7] = ["SELECT", "VALUES", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE"];
        let mut tokens = self.tokens.iter().skip(1);
        let explained = tokens.find(|token| !is_word(token, "QUERY") && !is_word(token, "PLAN"));
        let is_known = explained.is_some_and(|token| EXPLAINED.iter().any(|word| is_word(token, word)));
        if is_known { Ok(()) } else { Err(StatementError::Thing("EXPLAIN")) }
    }
}

/// The strongest thing that any word of a statement may command. A word before `(` is a function's or a table's name, and one after a dot a
/// column's; in `ON DELETE` and `ON UPDATE` a reference says what becomes of it.
fn strongest(tokens: &[Placed<'_>]) -> Access {
    let at = |place: usize| tokens.get(place).map(|(_, token)| *token);
    let mut strongest = Access::Reads;
    for (place, (_, token)) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let before = place.checked_sub(1).and_then(at);
        let is_name = at(place + 1) == Some(Token::Sign('(')) || before == Some(Token::Sign('.'));
        let is_reference = before.is_some_and(|before| is_word(&before, "ON"));
        let access = match word.to_ascii_uppercase().as_str() {
            "DELETE" if !is_reference => Access::Destroys,
            "DROP" | "TRUNCATE" | "ALTER" | "REPLACE" => Access::Destroys,
            "INSERT" | "UPDATE" | "MERGE" | "INTO" | "CREATE" => Access::Writes,
            _ => continue,
        };
        // `INTO` is no function, and a list may follow it.
        if !is_name || word.eq_ignore_ascii_case("INTO") {
            strongest = strongest.max(access);
        }
    }
    strongest
}

/// Functions are called by a name before `(`, and after a dot too: `(0.3::float8).pg_sleep` waits as `pg_sleep(0.3)` does. What follows
/// `pg_catalog.` without `(` is a table, as long as nothing else bears that name.
fn check_functions(tokens: &[Placed<'_>]) -> Result<(), StatementError> {
    let at = |place: usize| tokens.get(place).map(|(_, token)| *token);
    let is_catalog = |token: Token<'_>| name(&token).is_some_and(|name| name.eq_ignore_ascii_case(CATALOG));
    for (place, (_, token)) in tokens.iter().enumerate() {
        let Some(name) = name(token) else { continue };
        let after = at(place + 1);
        if is_catalog(*token) && after != Some(Token::Sign('.')) {
            return Err(StatementError::Catalog);
        }
        let is_called = after == Some(Token::Sign('('));
        let follows_dot = place.checked_sub(1).and_then(at) == Some(Token::Sign('.'));
        let is_of_catalog = place.checked_sub(2).and_then(at).is_some_and(is_catalog);
        if (is_called || follows_dot && !is_of_catalog) && functions::is_refused(name) {
            return Err(StatementError::Function(name.chars().take(63).collect()));
        }
    }
    Ok(())
}

/// The schema of PostgreSQL's own tables and functions.
const CATALOG: &str = "pg_catalog";

/// A table of a session's own would hide one of the same name: `SELECT … INTO TEMP`, and the schema of such tables. After `INSERT INTO`
/// the word is a table's name.
fn check_temporary(tokens: &[Placed<'_>]) -> Result<(), StatementError> {
    let at = |place: usize| tokens.get(place).map(|(_, token)| token);
    let is_at =
        |place: Option<usize>, word: &str| place.and_then(at).is_some_and(|token| is_word(token, word));
    for (place, (_, token)) in tokens.iter().enumerate() {
        let is_schema = name(token).is_some_and(|name| name.to_ascii_lowercase().starts_with("pg_temp"));
        let is_made = (is_word(token, "TEMP") || is_word(token, "TEMPORARY"))
            && is_at(place.checked_sub(1), "INTO")
            && !is_at(place.checked_sub(2), "INSERT")
            && !is_at(place.checked_sub(2), "MERGE");
        if is_schema || is_made {
            return Err(StatementError::Temporary);
        }
    }
    Ok(())
}

/// An `UPDATE` of that view is `set_config`.
fn check_settings(tokens: &[Placed<'_>]) -> Result<(), StatementError> {
    let is_settings = |name: &str| name.eq_ignore_ascii_case("pg_settings");
    match tokens.iter().any(|(_, token)| name(token).is_some_and(is_settings)) {
        true => Err(StatementError::Settings),
        false => Ok(()),
    }
}

/// A word or a name in quotes.
fn name<'a>(token: &Token<'a>) -> Option<&'a str> {
    match *token {
        Token::Word(name) | Token::Quoted(name) => Some(name),
        Token::Value | Token::Sign(_) => None,
    }
}

fn is_word(token: &Token<'_>, word: &str) -> bool {
    matches!(token, Token::Word(written) if written.eq_ignore_ascii_case(word))
}
