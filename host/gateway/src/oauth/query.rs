//! The query of a request, each name at most once.

use http::Uri;
use url::form_urlencoded;

use crate::envelope::Refusal;

/// The values of some names.
pub(super) struct Query<const N: usize>(pub(super) [Option<String>; N]);

impl<const N: usize> Query<N> {
    /// Reads the values of these names. One that comes twice is refused: two who read the query would read two things.
    pub(super) fn read(uri: &Uri, names: [&str; N]) -> Result<(Self, Option<String>), Refusal> {
        let mut values = [const { None }; N];
        let mut other = None;
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            let known = names.iter().position(|known| *known == name).and_then(|place| values.get_mut(place));
            match known {
                None => other = Some(name.chars().take(80).collect()),
                Some(Some(_)) => return Err(Refusal::invalid(format!("`{name}` is there twice"))),
                Some(place) => *place = Some(value.into_owned()),
            }
        }
        Ok((Self(values), other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_value() {
        let read = |query: &str| Query::read(&format!("/x?{query}").parse().unwrap(), ["a", "b"]);
        let (Query([a, b]), other) = read("a=1%262&c=3").ok().unwrap();
        assert_eq!((a.as_deref(), b, other.as_deref()), (Some("1&2"), None, Some("c")));
        assert!(read("a=1&a=1").is_err());
        assert!(read("").is_ok());
    }
}
