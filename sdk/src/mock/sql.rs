//! Databases whose answers a test has prepared.

use super::script::Replies;
use crate::{Access, Database, Problem, SqlOutcome, Statement};

/// What the mock host answers a statement: a [`SqlOutcome`] or a [`Problem`].
#[derive(Clone, Debug)]
pub struct SqlReply(pub(super) Result<SqlOutcome, Problem>);

impl From<SqlOutcome> for SqlReply {
    fn from(outcome: SqlOutcome) -> Self {
        Self(Ok(outcome))
    }
}

impl From<Problem> for SqlReply {
    fn from(problem: Problem) -> Self {
        Self(Err(problem))
    }
}

/// The scripted databases.
#[derive(Debug, Default)]
pub(super) struct Databases {
    pub(super) known: Vec<Database>,
    /// By words of a statement.
    replies: Vec<(String, Replies<SqlReply>)>,
    /// What was asked so far, each with its database.
    pub(super) statements: Vec<(String, Statement)>,
}

impl Databases {
    pub(super) fn add(&mut self, words: &str, reply: SqlReply) {
        match self.replies.iter_mut().find(|(known, _)| known == words) {
            Some((_, replies)) => replies.push(reply),
            None => {
                let mut replies = Replies::default();
                replies.push(reply);
                self.replies.push((words.to_owned(), replies));
            }
        }
    }

    /// The answer to a statement: that of the longest words that it has.
    pub(super) fn answer(&mut self, database: &str, statement: &Statement) -> Option<SqlReply> {
        self.statements.push((database.to_owned(), statement.clone()));
        self.replies
            .iter_mut()
            .filter(|(words, _)| statement.sql.contains(words.as_str()))
            .max_by_key(|(words, _)| words.len())
            .and_then(|(_, replies)| replies.next())
    }

    pub(super) fn scripted(&self) -> Vec<String> {
        self.replies.iter().map(|(words, _)| words.clone()).collect()
    }
}

/// Whether a statement may be a query.
pub(super) fn is_query(statement: &Statement) -> bool {
    first_word(statement) == "WITH" || access(statement) == Access::Reads
}

fn first_word(statement: &Statement) -> String {
    statement.sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

/// What a statement does, by its first word. The real host reads all of it.
pub(super) fn access(statement: &Statement) -> Access {
    match first_word(statement).as_str() {
        "SELECT" | "VALUES" | "EXPLAIN" | "TABLE" => Access::Reads,
        "INSERT" | "UPDATE" | "CREATE" | "WITH" => Access::Writes,
        _ => Access::Destroys,
    }
}
