//! One route of the table.

use std::fmt;

use serde_json::{Map, Value};

use super::access::Access;
use super::method::Method;
use super::raised_by::RaisedBy;

/// One route.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, such as `/v1/pages/{page_id}`. `{property_id}` takes a property's id, `{task_id}` any plain word, every other
    /// parameter a UUID.
    pub template: &'static str,
    /// What it does unless the body makes it stronger.
    pub access: Access,
    /// What of the body makes it stronger.
    pub raised_by: RaisedBy,
    /// The keys that its query may have.
    pub query: &'static [&'static str],
    /// Whether it takes a body, and the keys of that.
    pub body: Body,
}

/// Whether a route takes a body, and its keys.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// It takes none.
    None,
    /// It takes one, with some of these keys.
    Optional(&'static [&'static str]),
    /// It needs one, with some of these keys.
    Required(&'static [&'static str]),
}

impl Body {
    /// The keys that it may have.
    #[must_use]
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Optional(keys) | Self::Required(keys) => keys,
        }
    }
}

impl Route {
    /// What it does with this body.
    #[must_use]
    pub fn access_with(&self, body: Option<&Map<String, Value>>) -> Access {
        self.raised_by.access(self.access, body)
    }

    /// Whether it is the route of a path. Literals must agree; a parameter takes any segment here, so that a wrong id is told
    /// as such, except that a word which another route has in its place is never taken for an id.
    #[must_use]
    pub fn fits<S: AsRef<str>>(&self, segments: &[S]) -> bool {
        self.template_segments().count() == segments.len()
            && self.template_segments().zip(segments).all(|(template, segment)| match template {
                "{property_id}" => true,
                parameter if parameter.starts_with('{') => !is_word_of_a_route(segment.as_ref()),
                word => word == segment.as_ref(),
            })
    }

    /// The segments of its path, those in braces being parameters.
    pub fn template_segments(&self) -> impl Iterator<Item = &'static str> {
        self.template.split('/').skip(1)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.template)
    }
}

fn is_word_of_a_route(segment: &str) -> bool {
    matches!(segment, "me" | "meeting_notes")
}
