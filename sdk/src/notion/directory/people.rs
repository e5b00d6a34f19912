//! Users by name or email address.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::notion::{NotionId, SCHEMA_AGE, excerpt, names};
use crate::{Call, Problem, Request};

/// The users of a workspace, as far as the connection sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    users: Vec<User>,
    /// The person behind the connection; none where that is an integration of a whole workspace.
    me: Option<NotionId>,
}

/// What callers say for themselves.
const ME: &str = "me";

#[derive(Clone, Debug)]
struct User {
    id: NotionId,
    name: String,
    email: Option<String>,
    is_bot: bool,
}

impl People {
    pub(super) fn load(call: &Call, wanted: &BTreeSet<String>) -> Result<Self, Problem> {
        // 3,000 users; a larger workspace has names more than once anyway.
        const MOST_REQUESTS: usize = 30;
        let mut people = Self::default();
        if wanted.iter().any(|wanted| is_me(wanted)) {
            let own = call.notion().send(Request::get("/v1/users/me").max_age(SCHEMA_AGE))?.body;
            people.me = person_behind(&own);
        }
        if wanted.iter().all(|wanted| is_me(wanted)) {
            return Ok(people);
        }
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_REQUESTS {
            let mut request = Request::get("/v1/users").query("page_size", 100).max_age(SCHEMA_AGE);
            if let Some(cursor) = &cursor {
                request = request.query("start_cursor", cursor);
            }
            let answer = call.notion().send(request).map_err(explain)?.body;
            people.users.extend(
                answer.get("results").and_then(Value::as_array).into_iter().flatten().filter_map(read),
            );
            cursor = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            // Addresses are unique, names are not: only those need the whole list.
            if cursor.is_none() || wanted.iter().all(|wanted| people.by_email(wanted).is_some()) {
                return Ok(people);
            }
        }
        Err(Problem::limit_exceeded("The workspace has too many users to look for names among them.")
            .hint("Give user ids or email addresses instead of names."))
    }

    /// All people, by name and by email address.
    pub(super) fn everybody(call: &Call) -> Result<Vec<(String, NotionId)>, Problem> {
        // No address is this one, so the list is read to its end.
        let people = Self::load(call, &BTreeSet::from(["@".to_owned()]))?;
        let named = people.users.into_iter().filter(|user| !user.is_bot);
        Ok(named
            .flat_map(|user| {
                let id = user.id;
                [Some(user.name), user.email].into_iter().flatten().map(move |name| (name, id))
            })
            .collect())
    }

    pub(super) fn find(&self, wanted: &str) -> Result<NotionId, Problem> {
        let wanted = wanted.trim();
        if is_me(wanted) {
            return self.me.ok_or_else(|| {
                Problem::invalid_input(
                    "`me` is nobody here: the connection is that of an integration, not of a person.",
                )
                .hint("Give the person's id, name or email address.")
            });
        }
        if let Some(user) = self.by_email(wanted) {
            return Ok(user.id);
        }
        let candidates = [
            self.named(|user| !user.is_bot && names::equal(&user.name, wanted)),
            self.named(|user| !user.is_bot && names::alike(&user.name, wanted)),
            self.named(|user| user.is_bot && names::alike(&user.name, wanted)),
        ];
        match candidates.iter().find(|users| !users.is_empty()).map(Vec::as_slice) {
            Some([only]) => Ok(only.id),
            Some(several) => {
                let listed: Vec<String> = several.iter().take(10).map(|user| user.describe()).collect();
                Err(Problem::invalid_input(format!(
                    "{} people are called `{}`.",
                    several.len(),
                    excerpt(wanted)
                ))
                .hint(format!("Give the id or email address of one: {}.", listed.join(", "))))
            }
            None => {
                let names: Vec<&str> =
                    self.users.iter().filter(|user| !user.is_bot).map(|user| user.name.as_str()).collect();
                Err(Problem::invalid_input(format!("Nobody is called `{}`.", excerpt(wanted)))
                    .hint(names::valid(wanted, &names)))
            }
        }
    }

    fn by_email(&self, wanted: &str) -> Option<&User> {
        let is_wanted = |email: &String| email.eq_ignore_ascii_case(wanted.trim());
        self.users.iter().find(|user| user.email.as_ref().is_some_and(is_wanted))
    }

    fn named(&self, is_wanted: impl Fn(&User) -> bool) -> Vec<&User> {
        self.users.iter().filter(|user| is_wanted(user)).collect()
    }
}

impl User {
    fn describe(&self) -> String {
        match &self.email {
            Some(email) => format!("{} ({email})", self.id),
            None => self.id.to_string(),
        }
    }
}

fn is_me(wanted: &str) -> bool {
    wanted.trim().eq_ignore_ascii_case(ME)
}

/// The person whom a connection acts for: a bot says who authorised it.
fn person_behind(own: &Value) -> Option<NotionId> {
    let text = |pointer: &str| own.pointer(pointer).and_then(Value::as_str);
    match text("/type") {
        Some("person") => text("/id")?.parse().ok(),
        _ if text("/bot/owner/type") == Some("user") => text("/bot/owner/user/id")?.parse().ok(),
        _ => None,
    }
}

/// A user whom the connection may not see has neither name nor address, and cannot be found by them.
fn read(user: &Value) -> Option<User> {
    let text = |pointer: &str| user.pointer(pointer).and_then(Value::as_str);
    Some(User {
        id: text("/id")?.parse().ok()?,
        name: text("/name")?.to_owned(),
        email: text("/person/email").map(str::to_owned),
        is_bot: text("/type") == Some("bot"),
    })
}

/// An integration needs a capability of its own to list users.
fn explain(mut problem: Problem) -> Problem {
    if problem.code == crate::Code::Forbidden {
        problem.hint =
            Some("This integration may not list users: give user ids instead of names.".to_owned());
    }
    problem
}
