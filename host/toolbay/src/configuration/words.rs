//! Values as operators write them, and what is said of those that can't be right: in the words of the configuration, not in
//! those of a parser.

use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize as _, Deserializer};
use url::Url;

/// An address to listen on.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| match text.parse::<u16>() {
        Ok(port) => format!("`{text}` is a port without an address; write 127.0.0.1:{port}"),
        Err(_) if text.starts_with(':') => {
            format!("`{text}` has no address before the port; write 127.0.0.1{text}")
        }
        Err(_) => format!("`{text}` is not an address to listen on, such as 127.0.0.1:8700; a name is none"),
    })
}

/// An address on the web.
pub(super) fn url(text: &str) -> Result<Url, String> {
    let parsed: Result<Url, _> = text.parse();
    match parsed {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        _ => Err(format!("`{text}` is not an address on the web, such as https://api.notion.com")),
    }
}

/// A number of requests.
pub(super) fn requests(text: &str) -> Result<u32, String> {
    let number = u32::from_str(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{text}` is not a number of requests, such as 180"))
}

pub(super) fn read_address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    read(from, address)
}

pub(super) fn read_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    read(from, url)
}

fn read<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).map(Some).map_err(serde::de::Error::custom)
}

/// What the parser of `toolbay.toml` says, in other words.
pub(super) fn of_file(said: &str) -> String {
    if let Some((key, known)) = said.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let hint = match toolbay_kernel::nearest::nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        return format!("there is no key `{key}` here; {hint}");
    }
    if let Some((found, wanted)) =
        said.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    {
        let wanted = match wanted {
            "u32" | "u64" | "a nonzero u32" => "a whole number",
            "a sequence" => "a list",
            "a map" => "a table",
            other => other,
        };
        return format!("here stands {found} where {wanted} belongs");
    }
    said.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_answered_with_one() {
        assert_eq!(address("127.0.0.1:1").unwrap().port(), 1);
        assert_eq!(address("[::1]:80").unwrap().port(), 80);
        assert!(address("8800").unwrap_err().ends_with("write 127.0.0.1:8800"));
        assert!(address(":8800").unwrap_err().ends_with("write 127.0.0.1:8800"));
        assert!(address("localhost:8800").unwrap_err().contains("a name is none"));
        for bad in ["api.notion.com", "ftp://x.example", "https://", ""] {
            assert!(url(bad).unwrap_err().contains("such as https://"), "{bad}");
        }
        for bad in ["lots", "0", "-1", "1.5"] {
            assert!(requests(bad).unwrap_err().contains("such as 180"), "{bad}");
        }
    }

    #[test]
    fn a_parsers_words_are_put_into_ours() {
        assert_eq!(
            of_file("unknown field `listne`, expected one of `data_dir`, `listen`"),
            "there is no key `listne` here; did you mean `listen`?"
        );
        assert_eq!(
            of_file("unknown field `zzz`, expected `a` or `b`"),
            "there is no key `zzz` here; there are a, b"
        );
        assert_eq!(
            of_file("invalid type: string \"lots\", expected u32"),
            "here stands string \"lots\" where a whole number belongs"
        );
        assert_eq!(of_file("`x` is not an origin\n"), "`x` is not an origin");
    }
}
