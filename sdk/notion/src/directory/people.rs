//! Users by name or email address.

use serde_json::Value;

use crate::{Error, NotionId, excerpt, names};

/// The users of a workspace, as far as the connection sees them.
#[derive(Clone, Debug, Default)]
pub struct People {
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
    /// Adds the users of an answer of `GET /v1/users`.
    pub fn add(&mut self, answer: &Value) {
        let users = answer.get("results").and_then(Value::as_array).into_iter().flatten();
        self.users.extend(users.filter_map(read));
    }

    /// Notes whom the connection acts for, as `GET /v1/users/me` answers it: that is who `me` means.
    pub fn set_me(&mut self, own: &Value) {
        self.me = person_behind(own);
    }

    /// True when somebody has this email address. Addresses are unique, names are not: only those need the whole list.
    #[must_use]
    pub fn has_email(&self, wanted: &str) -> bool {
        self.by_email(wanted).is_some()
    }

    /// All people, by name and by email address.
    pub fn into_named(self) -> impl Iterator<Item = (String, NotionId)> {
        self.users.into_iter().filter(|user| !user.is_bot).flat_map(|user| {
            let id = user.id;
            [Some(user.name), user.email].into_iter().flatten().map(move |name| (name, id))
        })
    }

    /// The user whom a name, an email address or `me` means.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when nobody, or more than one user, fits.
    pub fn find(&self, wanted: &str) -> Result<NotionId, Error> {
        let wanted = wanted.trim();
        if is_me(wanted) {
            return self.me.ok_or_else(|| {
                Error::invalid_input(
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
                Err(Error::invalid_input(format!(
                    "{} people are called `{}`.",
                    several.len(),
                    excerpt(wanted)
                ))
                .hint(format!("Give the id or email address of one: {}.", listed.join(", "))))
            }
            None => {
                let names: Vec<&str> =
                    self.users.iter().filter(|user| !user.is_bot).map(|user| user.name.as_str()).collect();
                Err(Error::invalid_input(format!("Nobody is called `{}`.", excerpt(wanted)))
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

/// True for the word with which callers mean themselves.
#[must_use]
pub fn is_me(wanted: &str) -> bool {
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
