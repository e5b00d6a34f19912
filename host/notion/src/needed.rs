//! What has to be there for a write to be right: the object that it changes, or the one below which it adds.

use serde_json::Value;

use crate::request::NotionRequest;
use crate::routes;

/// Where objects are read, by the keys of a body that name a parent.
const PARENTS: [(&str, &str); 5] = [
    ("page_id", "pages"),
    ("block_id", "blocks"),
    ("data_source_id", "data_sources"),
    ("database_id", "databases"),
    ("view_id", "views"),
];

/// The requests that read it: of the object that the path names, and of the parent that the body does.
pub(crate) fn of(request: &NotionRequest) -> Vec<NotionRequest> {
    let changed = match request.segments.as_slice() {
        [_, kind, id, ..] => Some((kind.as_str(), id.as_str())),
        _ => None,
    };
    let below = request.body.as_ref().and_then(parent);
    changed.into_iter().chain(below).filter_map(|(kind, id)| read(kind, id)).collect()
}

fn read(kind: &str, id: &str) -> Option<NotionRequest> {
    // What can't be read, such as an upload's part, isn't looked at.
    routes::read(&["v1", kind, id].map(str::to_owned), Vec::new()).ok()
}

/// The parent that a body names, as an object of its own or beside what else it says.
fn parent(body: &Value) -> Option<(&'static str, &str)> {
    let named = body.get("parent").unwrap_or(body);
    PARENTS.iter().find_map(|(key, kind)| Some((*kind, named.get(*key)?.as_str()?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use toolbay_kernel::gate::{Method, Request};

    use super::*;
    use crate::request::NAME;
    use crate::routes::resolve;

    const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    fn needed(method: Method, path: &str, body: Option<Value>) -> Option<String> {
        let path = path.replace("ID", ID);
        let request = Request { egress: NAME, method, path, query: Vec::new(), body, max_age: None };
        let needed = of(&resolve(request).unwrap());
        let paths: Vec<String> =
            needed.iter().map(|needed| format!("/{}", needed.segments.join("/"))).collect();
        (!paths.is_empty()).then(|| paths.join(" ").replace(ID, "ID"))
    }

    #[test]
    fn a_write_needs_what_it_changes_or_adds_to() {
        let trash = Some(json!({"in_trash": true}));
        let of = |method, path, body| needed(method, path, body);
        assert_eq!(of(Method::Patch, "/v1/pages/ID", trash.clone()).unwrap(), "/v1/pages/ID");
        assert_eq!(of(Method::Patch, "/v1/databases/ID", trash).unwrap(), "/v1/databases/ID");
        assert_eq!(of(Method::Delete, "/v1/blocks/ID", None).unwrap(), "/v1/blocks/ID");
        let children = Some(json!({"children": []}));
        assert_eq!(of(Method::Patch, "/v1/blocks/ID/children", children).unwrap(), "/v1/blocks/ID");
        let page = |parent: Value| Some(json!({"parent": parent, "properties": {}}));
        let below = |key: &str| of(Method::Post, "/v1/pages", page(json!({"type": key, key: ID}))).unwrap();
        assert_eq!(below("page_id"), "/v1/pages/ID");
        assert_eq!(below("data_source_id"), "/v1/data_sources/ID");
        assert_eq!(of(Method::Post, "/v1/pages", page(json!({"workspace": true}))), None);
        let parent = Some(json!({"parent": {"page_id": ID}}));
        assert_eq!(of(Method::Post, "/v1/pages/ID/move", parent).unwrap(), "/v1/pages/ID /v1/pages/ID");
        let comment = Some(json!({"parent": {"block_id": ID}, "rich_text": []}));
        assert_eq!(of(Method::Post, "/v1/comments", comment).unwrap(), "/v1/blocks/ID");
        let answer = Some(json!({"discussion_id": ID, "rich_text": []}));
        assert_eq!(of(Method::Post, "/v1/comments", answer), None);
    }
}
