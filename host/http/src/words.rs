//! Places in words, for an operator who decides.

/// What a place lets a plugin do, such as `read from api.example.com all below /v1/` for `GET api.example.com/v1/*`.
#[must_use]
pub fn in_words(place: &str) -> String {
    let (method, address) = place.split_once(' ').unwrap_or_default();
    let what = match method {
        "GET" => "read from",
        "HEAD" => "look at headers of",
        "OPTIONS" => "ask for the options of",
        "DELETE" => "remove from",
        _ => "send to",
    };
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let where_at = match path.strip_suffix('*') {
        Some("") => "anything".to_owned(),
        Some(above) => format!("all below /{above}"),
        None => format!("/{path}"),
    };
    let open = if scheme == "http" { ", unencrypted" } else { "" };
    let how = if matches!(method, "PUT" | "PATCH") { format!(" ({method})") } else { String::new() };
    format!("{what} {host} {where_at}{open}{how}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_words() {
        for (place, words) in [
            ("GET api.example.com/v1/*", "read from api.example.com all below /v1/"),
            ("POST hooks.example.com/in", "send to hooks.example.com /in"),
            ("PUT http://10.0.0.7:8080/*", "send to 10.0.0.7:8080 anything, unencrypted (PUT)"),
            ("DELETE api.example.com/*/x", "remove from api.example.com /*/x"),
        ] {
            assert_eq!(in_words(place), words);
        }
    }
}
