//! Paths of the Notion API, built so that a value cannot become more than one segment.

use toolbay_sdk_notion::percent;

use crate::Problem;

/// A path such as `/v1/pages/<id>`, from segments.
///
/// ```
/// use toolbay_sdk::Path;
///
/// let id = "8a3c/../users";
/// assert_eq!(Path::from(["v1", "pages", id]).render().unwrap(), "/v1/pages/8a3c%2F..%2Fusers");
/// assert_eq!(Path::from("/v1/users").join("me").render().unwrap(), "/v1/users/me");
/// ```
///
/// Whole paths are taken only from text in the plugin's source (`&'static str`); [`Path::parse`] is for those that arrive
/// as arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
}

impl Path {
    /// Reads a path that somebody else wrote, with `%..` escapes.
    ///
    /// # Errors
    ///
    /// `invalid_input` where it is no path below the API's origin: it does not start with `/`, carries a host, a query or
    /// a fragment, has an empty segment, `.` or `..`, or an escape that is not UTF-8.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let refuse = |reason: &str| {
            Problem::invalid_input(format!("`{}` is not a path: {reason}.", excerpt(text)))
                .hint("Write a path below the API's origin, such as `/v1/pages/<id>`.")
        };
        let rest = text.strip_prefix('/').ok_or_else(|| refuse("it does not start with `/`"))?;
        if rest.contains(['?', '#', '\\']) {
            return Err(refuse("it carries a query, a fragment or a backslash"));
        }
        let segments = rest
            .split('/')
            .map(|segment| percent::decode(segment).ok_or_else(|| refuse("an escape in it is broken")))
            .collect::<Result<Vec<_>, _>>()?;
        let path = Self { segments };
        path.render()?;
        Ok(path)
    }

    /// Adds one segment; whatever it holds, it stays one.
    #[must_use]
    pub fn join(mut self, segment: impl AsRef<str>) -> Self {
        self.segments.push(segment.as_ref().to_owned());
        self
    }

    /// The segments, without escapes.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The path as text, each segment escaped.
    ///
    /// # Errors
    ///
    /// `invalid_input` where a segment is empty, `.` or `..`: no escape would keep it from changing the path.
    pub fn render(&self) -> Result<String, Problem> {
        let mut text = String::new();
        for segment in &self.segments {
            if matches!(segment.as_str(), "" | "." | "..") {
                return Err(Problem::invalid_input(format!("`{segment}` cannot be a part of a path."))
                    .hint("An id is probably empty."));
            }
            text.push('/');
            percent::encode(segment, &mut text);
        }
        if text.is_empty() {
            return Err(Problem::invalid_input("The path is empty."));
        }
        Ok(text)
    }
}

impl<S: AsRef<str>, const COUNT: usize> From<[S; COUNT]> for Path {
    fn from(segments: [S; COUNT]) -> Self {
        Self { segments: segments.iter().map(|segment| segment.as_ref().to_owned()).collect() }
    }
}

impl<S: AsRef<str>> From<&[S]> for Path {
    fn from(segments: &[S]) -> Self {
        Self { segments: segments.iter().map(|segment| segment.as_ref().to_owned()).collect() }
    }
}

/// A whole path from the plugin's source. Built text does not fit here, on purpose: join values as segments.
impl From<&'static str> for Path {
    fn from(text: &'static str) -> Self {
        Self { segments: text.strip_prefix('/').unwrap_or(text).split('/').map(str::to_owned).collect() }
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Path;

    proptest! {
        #[test]
        fn a_value_stays_one_segment(value in ".*") {
            let path = Path::from(["v1", "pages", value.as_str(), "markdown"]);
            match path.render() {
                Ok(text) => {
                    prop_assert_eq!(text.split('/').count(), 5);
                    prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte)));
                    prop_assert_eq!(Path::parse(&text).unwrap(), path);
                }
                Err(_) => prop_assert!(matches!(value.as_str(), "" | "." | "..")),
            }
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "/",
            "v1/pages",
            "https://example.com/v1",
            "//example.com/v1",
            "/v1/../users",
            "/v1/%2e%2E/users",
            "/v1/./users",
            "/v1/pages?x=1",
            "/v1/pages#x",
            "/v1\\users",
            "/v1/%zz",
            "/v1/%4",
            "/v1/%ff",
            "/v1/pages/",
        ] {
            assert!(Path::parse(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn escapes_are_read_once() {
        assert_eq!(Path::parse("/v1/a%2Fb%20c").unwrap(), Path::from(["v1", "a/b c"]));
    }
}
