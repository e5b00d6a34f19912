//! How much of a capability is asked for, and the usual ways to write it in a manifest.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::name::ToolName;

/// Routes that one capability names at most.
const MAX_ROUTES: usize = 100;

/// How much of a capability is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    All,
    /// Only these: names of tools, or routes such as `GET /v1/pages/{page_id}`.
    Only(Vec<String>),
    /// Only what these places cover, such as `GET api.example.com/v1/*`: a star at the end stands for all that may follow
    /// its slash, one before that for one segment. Their owner has written both them and the subjects in one form.
    Within(Vec<String>),
}

impl Scope {
    /// Whether something may be used, by its name or its route. The name of a route's parameter doesn't matter.
    #[must_use]
    pub fn covers(&self, subject: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| is_same(pattern, subject)),
            Self::Within(places) => places.iter().any(|place| is_within(place, subject)),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn of_flag(written: &Value) -> Result<Option<Self>, String> {
        match written {
            Value::Bool(is_asked) => Ok(is_asked.then_some(Self::All)),
            _ => Err("expected true or false".to_owned()),
        }
    }

    /// A list of tools.
    ///
    /// # Errors
    ///
    /// When it is something else, or one of them can't be the name of a tool.
    pub fn of_tools(written: &Value) -> Result<Option<Self>, String> {
        let names = texts(written).ok_or("expected a list of tools' names")?;
        let names: Result<BTreeSet<ToolName>, _> = names.into_iter().map(str::parse).collect();
        let names = names.map_err(|error: <ToolName as std::str::FromStr>::Err| error.to_string())?;
        Ok(Self::only(names.into_iter().map(|name| name.to_string()).collect()))
    }

    /// `true`, `false`, or a list of routes whose paths are below `root`.
    ///
    /// # Errors
    ///
    /// When it is something else, or one of them can't be a route; the text names `example`.
    pub fn of_routes(written: &Value, root: &str, example: &str) -> Result<Option<Self>, String> {
        if written.is_boolean() {
            return Self::of_flag(written);
        }
        let routes = texts(written)
            .ok_or_else(|| format!("expected true, false, or a list of routes such as [\"{example}\"]"))?;
        if routes.len() > MAX_ROUTES {
            return Err(format!("a capability names at most {MAX_ROUTES} routes"));
        }
        if let Some(wrong) = routes.iter().find(|route| !is_route(route, root)) {
            return Err(format!("`{wrong}` is not a route pattern such as `{example}`"));
        }
        Ok(Self::only(routes.into_iter().map(str::to_owned).collect()))
    }

    fn only(patterns: Vec<String>) -> Option<Self> {
        (!patterns.is_empty()).then_some(Self::Only(patterns))
    }
}

fn texts(written: &Value) -> Option<Vec<&str>> {
    written.as_array()?.iter().map(Value::as_str).collect()
}

fn is_route(text: &str, root: &str) -> bool {
    text.split_once(' ').is_some_and(|(method, path)| {
        matches!(method, "GET" | "POST" | "PATCH" | "DELETE")
            && path.starts_with(root)
            && !path.contains(char::is_whitespace)
    })
}

fn is_same(pattern: &str, subject: &str) -> bool {
    let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    pattern.split('/').count() == subject.split('/').count()
        && pattern
            .split('/')
            .zip(subject.split('/'))
            .all(|(pattern, segment)| pattern == segment || (is_parameter(pattern) && is_parameter(segment)))
}

/// Whether a place covers a subject. Stars stand for nothing but whole segments, and never for the first one.
fn is_within(place: &str, subject: &str) -> bool {
    let (mut wanted, mut given) = (place.split('/').enumerate().peekable(), subject.split('/'));
    while let Some((number, want)) = wanted.next() {
        let Some(have) = given.next() else { return false };
        match want {
            "*" if number > 0 && wanted.peek().is_none() => return true,
            "*" if number > 0 && !have.is_empty() => {}
            _ if want == have => {}
            _ => return false,
        }
    }
    given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_covers_what_is_below_its_star_and_nothing_beside_it() {
        let covers = |place: &str, subject: &str| Scope::Within(vec![place.to_owned()]).covers(subject);
        for (place, subject) in [
            ("GET a.example/v1/*", "GET a.example/v1/x"),
            ("GET a.example/v1/*", "GET a.example/v1/x/y"),
            ("GET a.example/v1/*", "GET a.example/v1/"),
            ("GET a.example/*", "GET a.example/"),
            ("GET a.example/", "GET a.example/"),
            ("GET a.example/*/b", "GET a.example/x/b"),
            ("GET http://a.example:81/*", "GET http://a.example:81/x"),
        ] {
            assert!(covers(place, subject), "{place} covers {subject}");
        }
        for (place, subject) in [
            ("GET a.example/v1/*", "GET a.example/v1"),
            ("GET a.example/v1/*", "GET a.example/v10/x"),
            ("GET a.example/v1/*", "POST a.example/v1/x"),
            ("GET a.example/v1/*", "GET b.example/v1/x"),
            ("GET a.example/v1/*", "GET http://a.example/v1/x"),
            ("GET a.example/*/b", "GET a.example/x/y/b"),
            ("GET a.example/*/b", "GET a.example//b"),
            ("GET a.example/", "GET a.example/x"),
            ("GET a.example/x", "GET a.example/x/"),
            ("*", "GET a.example"),
            ("", "GET a.example/"),
        ] {
            assert!(!covers(place, subject), "{place} doesn't cover {subject}");
        }
    }
}
