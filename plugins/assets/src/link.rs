//! Links to files elsewhere.

use toolbay_sdk::notion::{TEXT_LIMIT, utf16_length};
use toolbay_sdk::{Path, Problem};

/// A link that Notion takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link(String);

impl Link {
    /// Reads an http or https link of at most 2,000 characters.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let refuse = |reason: &str| {
            Problem::invalid_input(format!("`url` {reason}."))
                .hint("Give a link such as https://example.com/plan.pdf, or the id of a file upload.")
        };
        let scheme = text.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
        let Some((scheme, rest)) = scheme else { return Err(refuse("is no link")) };
        if scheme != "https" && scheme != "http" {
            return Err(refuse("is neither an http nor an https link"));
        }
        if rest.is_empty() || rest.starts_with(['/', '?', '#']) {
            return Err(refuse("has no host"));
        }
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(refuse("has a space or a control character in it"));
        }
        let length = utf16_length(text);
        if length > TEXT_LIMIT {
            return Err(Problem::limit_exceeded(format!(
                "`url` has {length} characters; Notion takes {TEXT_LIMIT}."
            ))
            .hint("Give a shorter link to the same file."));
        }
        Ok(Self(format!("{scheme}://{rest}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The last part of the path, without escapes; none where the path has no part.
    pub(crate) fn file_name(&self) -> Option<String> {
        let (_, rest) = self.0.split_once("://")?;
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (_, path) = rest.get(..end)?.split_once('/')?;
        let last = path.trim_end_matches('/').rsplit('/').next().filter(|last| !last.is_empty())?;
        let decoded = Path::parse(&format!("/{last}")).ok()?;
        decoded.segments().first().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_with_the_name_of_its_file() {
        for (text, name) in [
            (" https://example.com/a/Plan%20A.pdf?x=/b.png#c ", Some("Plan A.pdf")),
            ("HTTP://example.com/a/", Some("a")),
            ("https://example.com", None),
            ("https://example.com/", None),
            ("https://example.com/%ff", None),
        ] {
            assert_eq!(Link::read(text).expect(text).file_name().as_deref(), name, "{text}");
        }
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let long = format!("https://example.com/{}", "a".repeat(1_981));
        for text in [
            "plan.pdf",
            "ftp://example.com/a",
            "javascript://example.com/%0aalert(1)",
            "https://",
            "https:///etc/passwd",
            "https://example.com/a b",
            "https://example.com/a\nb",
            &long,
        ] {
            assert!(Link::read(text).expect_err(text).hint.is_some(), "{text}");
        }
    }
}
