//! The routes of Notion's API: which there are, what each takes, and how strong it is.
//!
//! ```
//! use serde_json::json;
//! use toolbay_sdk_notion::routes::{Access, Method, find};
//!
//! let trash = json!({ "in_trash": true });
//! let route = find(Method::Patch, &["v1", "pages", "01234567-89ab-cdef-0123-456789abcdef"]).expect("a route");
//! assert_eq!((route.template, route.access), ("/v1/pages/{page_id}", Access::Writes));
//! assert_eq!(route.access_with(trash.as_object()), Access::Destroys);
//! ```

mod access;
mod method;
mod raised_by;
mod route;
mod table;

pub use self::access::Access;
pub use self::method::Method;
pub use self::raised_by::RaisedBy;
pub use self::route::{Body, Route};
pub use self::table::ROUTES;

/// The route of a request, by its path's segments.
#[must_use]
pub fn find<S: AsRef<str>>(method: Method, segments: &[S]) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.method == method && route.fits(segments))
}

/// The route of this very template.
#[must_use]
#[expect(clippy::indexing_slicing, reason = "below the length; iterators are not for constants")]
pub const fn named(method: Method, template: &str) -> Option<&'static Route> {
    let mut at = 0;
    while at < ROUTES.len() {
        let route = &ROUTES[at];
        if route.method as u8 == method as u8 && is_equal(route.template.as_bytes(), template.as_bytes()) {
            return Some(route);
        }
        at += 1;
    }
    None
}

#[expect(clippy::indexing_slicing, reason = "below the length; iterators are not for constants")]
const fn is_equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_its_path_and_by_its_template() {
        for route in ROUTES {
            let path =
                route.template_segments().map(|word| if word.starts_with('{') { "an id" } else { word });
            let found = find(route.method, &path.collect::<Vec<_>>()).expect("found");
            assert_eq!(found.template, route.template);
            assert_eq!(named(route.method, route.template).expect("named").template, route.template);
        }
    }

    #[test]
    fn a_word_of_a_route_is_no_id_and_another_path_no_route() {
        let template = |method, path: &str| {
            find(method, &path.split('/').collect::<Vec<_>>()).map(|found| found.template)
        };
        assert_eq!(template(Method::Get, "v1/users/me"), Some("/v1/users/me"));
        assert_eq!(template(Method::Get, "v1/blocks/meeting_notes"), None);
        assert_eq!(template(Method::Delete, "v1/pages/p"), None);
        assert_eq!(template(Method::Get, "v1/pages"), None);
    }
}
