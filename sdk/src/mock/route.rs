//! Routes of the scripted Notion API.

use std::fmt;

use crate::Request;

/// A method and a path whose `{..}` segments match anything.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    method: String,
    segments: Vec<String>,
}

impl Route {
    #[expect(clippy::panic, reason = "a test that scripts its host wrongly must fail, and say why")]
    pub(super) fn parse(text: &str) -> Self {
        match text.split_once(" /") {
            Some((method, path)) if matches!(method, "GET" | "POST" | "PATCH" | "DELETE") => {
                Self { method: method.to_owned(), segments: path.split('/').map(str::to_owned).collect() }
            }
            _ => panic!(
                "`{text}` is not a route: write a method and a path, such as `GET /v1/pages/{{page_id}}`"
            ),
        }
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        let path = request.path.segments();
        self.method == request.method.as_str()
            && self.segments.len() == path.len()
            && self.segments.iter().zip(path).all(|(own, given)| is_placeholder(own) || own == given)
    }

    pub(super) fn placeholders(&self) -> usize {
        self.segments.iter().filter(|segment| is_placeholder(segment)).count()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} /{}", self.method, self.segments.join("/"))
    }
}

fn is_placeholder(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// A request as one line, such as `GET /v1/users?page_size=100`.
pub(super) fn line(request: &Request) -> String {
    let path = request.path.render().unwrap_or_else(|_| "(a broken path)".to_owned());
    let query =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{} {path}{separator}{query}", request.method)
}
