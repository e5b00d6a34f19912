//! Arguments in a query string.

use http::Uri;
use percent_encoding::percent_decode;

use crate::envelope::Refusal;

/// Refuses a query where the arguments are in the body: what is ignored is misunderstood.
pub(crate) fn refuse(uri: &Uri) -> Result<(), Refusal> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(_) => Err(Refusal::invalid("this address takes its arguments in the body, not in the query")
            .hint("send them as a JSON object")),
    }
}

/// The pairs of a query, decoded. Unlike browsers it doesn't replace what isn't UTF-8, but refuses it.
pub(crate) fn read(uri: &Uri) -> Result<Vec<(String, String)>, Refusal> {
    let query = uri.query().unwrap_or_default();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| Refusal::invalid("the query is not valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Option<Vec<(String, String)>> {
        read(&format!("/v1/pages?{query}").parse().unwrap()).ok()
    }

    #[test]
    fn queries_are_read_strictly() {
        let expected = vec![("a b".to_owned(), "c&d".to_owned()), ("e".to_owned(), String::new())];
        assert_eq!(pairs("a+b=c%26d&&e"), Some(expected));
        assert_eq!(pairs(""), Some(Vec::new()));
        assert_eq!(pairs("a=%ff"), None);
    }
}
