//! Pages of the console that people come back to when they have connected something.

use toolbay_kernel::{Connection, Problem};
use url::Url;

/// What the paths of the console begin with.
const CONSOLE: &str = "/console";

/// Longest path, in bytes.
const MAX: usize = 1_024;

/// The address of a page of the console; none for a path that is none.
pub(crate) fn checked(path: &str, public: &Url) -> Option<Url> {
    let is_path = path.len() <= MAX && path.starts_with(CONSOLE) && !path.contains(['\\', '\n', '\r', '\t']);
    let url = public.join(path).ok().filter(|_| is_path)?;
    is_page(&url, public).then_some(url)
}

/// The address of a page of the console with what came of it; none for another address.
pub(super) fn with(url: &Url, public: &Url, result: &Result<Connection, Problem>) -> Option<Url> {
    if !is_page(url, public) {
        return None;
    }
    // What others are told by these names, the console is told by its own.
    let others = ["connection_id", "error", "status", "connected", "problem"];
    let own: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| !others.contains(&name.as_str())).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(own).append_pair(
        if result.is_ok() { "connected" } else { "problem" },
        &match result {
            Ok(connection) => connection.id.to_string(),
            Err(problem) => problem.code.as_str().to_owned(),
        },
    );
    Some(url)
}

fn is_page(url: &Url, public: &Url) -> bool {
    let below = url.path().strip_prefix(CONSOLE);
    url.origin() == public.origin() && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::Code;

    use super::*;

    #[test]
    fn people_come_back_to_the_console_alone() {
        let public: Url = "https://tools.example.com".parse().unwrap();
        for good in ["/console", "/console/connections", "/console?x=1", "/console/a?x=1#y"] {
            let url = checked(good, &public).unwrap();
            assert_eq!(url.as_str(), format!("https://tools.example.com{good}"));
        }
        for bad in [
            "",
            "/",
            "console",
            "/consoles",
            "/account",
            "/console/../account",
            "/console/%2e%2e/account",
            "//evil.example/console",
            "https://evil.example/console",
            "/console\\@evil.example",
            "/\\evil.example",
            "/console\n",
            &format!("/console/{}", "x".repeat(1_024)),
        ] {
            assert!(checked(bad, &public).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_console_is_told_what_came_of_it() {
        let public: Url = "https://tools.example.com".parse().unwrap();
        let back: Url = "https://tools.example.com/console/a?x=1&error=access_denied".parse().unwrap();
        let refused = Err(Problem::new(Code::Forbidden, "no"));
        let told = with(&back, &public, &refused).unwrap();
        assert_eq!(told.as_str(), "https://tools.example.com/console/a?x=1&problem=forbidden");
        let elsewhere: Url = "https://app.example.com/console".parse().unwrap();
        assert!(with(&elsewhere, &public, &refused).is_none());
    }
}
