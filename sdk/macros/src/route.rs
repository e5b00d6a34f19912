//! A tool's own REST route, checked while the plugin compiles.

use syn::{Error, LitStr, Result};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// `POST /v1/greet`, parsed.
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
}

impl Route {
    pub(crate) fn parse(text: &LitStr) -> Result<Self> {
        let value = text.value();
        let refuse = |reason: &str| Error::new(text.span(), format!("`{value}` is not a route: {reason}"));
        let (method, path) = value
            .split_once(' ')
            .ok_or_else(|| refuse("write a method and a path, such as `POST /v1/greet`"))?;
        if !METHODS.contains(&method) {
            return Err(refuse("the method is GET, POST, PUT, PATCH or DELETE"));
        }
        let Some(rest) = path.strip_prefix("/v1/") else {
            return Err(refuse("the path starts with `/v1/`"));
        };
        if !rest.split('/').all(is_segment) {
            return Err(refuse(
                "a segment is lower-case letters, digits, `-` and `_`, or the name of an input property in braces",
            ));
        }
        Ok(Self { method: method.to_owned(), path: path.to_owned() })
    }
}

fn is_segment(segment: &str) -> bool {
    let braced = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let (name, dash_allowed) = braced.map_or((segment, true), |name| (name, false));
    !name.is_empty()
        && name.chars().all(|letter| {
            letter.is_ascii_lowercase()
                || letter.is_ascii_digit()
                || letter == '_'
                || (dash_allowed && letter == '-')
        })
}
