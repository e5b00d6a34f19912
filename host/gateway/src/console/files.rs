//! The console's files, as they are in the program.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::HeaderValue;
use sha2::{Digest as _, Sha256};

/// Every file of `console/`, by its path below that, in the order of these.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// The page that every address of the console answers.
pub(super) const SHELL: &str = "index.html";

/// Bytes of a digest that name a content.
const TAG: usize = 12;

/// What is sent of a file.
pub(super) struct File {
    pub(super) content: Cow<'static, [u8]>,
    pub(super) kind: HeaderValue,
    pub(super) tag: HeaderValue,
}

/// The file of a name. Only names of the list are looked at: what somebody asks for is never a path.
pub(super) fn named(name: &str) -> Option<File> {
    let index = FILES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    let (name, built_in) = FILES.get(index)?;
    let content = current(name, built_in);
    let tag = tag(&content);
    Some(File { content, kind: kind(name), tag })
}

/// A build with debug assertions shows what is in the folder now, so that a page can be changed without building. Where the folder
/// is gone, it has what it was built with.
fn current(name: &str, built_in: &'static [u8]) -> Cow<'static, [u8]> {
    if cfg!(debug_assertions)
        && let Ok(content) = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/console/").to_owned() + name)
    {
        return Cow::Owned(content);
    }
    Cow::Borrowed(built_in)
}

fn kind(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        // Browsers show and run nothing of this kind.
        _ => "application/octet-stream",
    })
}

fn tag(content: &[u8]) -> HeaderValue {
    let mut text = String::from("\"");
    for byte in Sha256::digest(content).iter().take(TAG) {
        // Writing to text can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    // Digits and quotes are what a header may have.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_every_kind_is_known() {
        assert!(FILES.is_sorted_by_key(|(name, _)| *name), "a search finds them");
        for (name, content) in FILES {
            assert_ne!(kind(name), "application/octet-stream", "{name}");
            assert!(!content.is_empty(), "{name}");
        }
        for needed in [SHELL, "icon.svg", "main.js", "style/base.css"] {
            assert!(named(needed).is_some(), "{needed}");
        }
    }
}
