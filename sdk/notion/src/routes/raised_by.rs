//! What a body makes of a route: Notion trashes, erases and replaces through `PATCH`, so the method alone says too
//! little.
//!
//! In doubt the answer is `destroys`: a flag counts unless it is plainly off, whatever type it has. What can't be told
//! without reading Notion first is `writes` here: a property value that replaces another, a block's new text, and a
//! column that is given another type, of which the host reads the schema first where the caller may not destroy.

use serde_json::{Map, Value};

use super::access::Access;

/// Flags that put something into the trash, or empty it. `archived` is the name that older versions had.
const DESTROYING_FLAGS: [&str; 4] = ["in_trash", "archived", "is_archived", "erase_content"];

/// Which parts of the body make a route that writes one that destroys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaisedBy {
    /// The route is as strong with every body.
    Nothing,
    /// The flags above.
    Flags,
    /// The flags, a column that is removed, and lists of options: the list given replaces the one that was there, and
    /// an option left out is gone from every row.
    Schema,
    /// Replacing a page's content or a range of it, and the permission to delete child pages on the way.
    Markdown,
}

impl RaisedBy {
    /// Whether this body makes the route one that destroys.
    #[must_use]
    pub fn destroys(self, body: &Map<String, Value>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Flags => has_flag(body),
            Self::Schema => has_flag(body) || body.get("properties").is_some_and(removes_from_schema),
            Self::Markdown => replaces_content(body),
        }
    }

    /// The access that a route of access `table` needs with this body.
    #[must_use]
    pub fn access(self, table: Access, body: Option<&Map<String, Value>>) -> Access {
        if body.is_some_and(|body| self.destroys(body)) { Access::Destroys } else { table }
    }
}

fn has_flag(body: &Map<String, Value>) -> bool {
    DESTROYING_FLAGS.iter().any(|flag| body.get(*flag).is_some_and(is_on))
}

fn is_on(flag: &Value) -> bool {
    !matches!(flag, Value::Null | Value::Bool(false))
}

fn removes_from_schema(properties: &Value) -> bool {
    let Value::Object(properties) = properties else { return true };
    properties.values().any(|property| match property {
        Value::Object(property) => property.values().any(|part| part.get("options").is_some()),
        _ => true,
    })
}

fn replaces_content(body: &Map<String, Value>) -> bool {
    let named = body.get("type").and_then(Value::as_str).unwrap_or_default();
    named.starts_with("replace_content")
        || body.keys().any(|key| key.starts_with("replace_content"))
        || body.values().any(|command| command.get("allow_deleting_content").is_some_and(is_on))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn destroys(raised_by: RaisedBy, body: Value) -> bool {
        raised_by.destroys(body.as_object().unwrap())
    }

    #[test]
    fn trashing_and_erasing_destroy_whatever_the_flags_type() {
        for body in [
            json!({"in_trash": true}),
            json!({"in_trash": "true"}),
            json!({"in_trash": 1}),
            json!({"is_archived": true}),
            json!({"archived": true}),
            json!({"erase_content": true, "properties": {}}),
        ] {
            assert!(destroys(RaisedBy::Flags, body.clone()), "{body}");
        }
        for body in
            [json!({}), json!({"in_trash": false}), json!({"in_trash": null}), json!({"is_locked": true})]
        {
            assert!(!destroys(RaisedBy::Flags, body.clone()), "{body}");
        }
    }

    #[test]
    fn removing_from_a_schema_destroys() {
        for body in [
            json!({"properties": {"Old": null}}),
            json!({"properties": {"Stage": {"status": {"options": [{"name": "Done"}]}}}}),
            json!({"properties": {"Tags": {"type": "select", "select": {"options": []}}}}),
            json!({"properties": ["not an object"]}),
            json!({"in_trash": true}),
        ] {
            assert!(destroys(RaisedBy::Schema, body.clone()), "{body}");
        }
        for body in [
            json!({"title": []}),
            json!({"properties": {"Points": {"number": {"format": "number"}}}}),
            json!({"properties": {"Points": {"name": "Score"}}}),
        ] {
            assert!(!destroys(RaisedBy::Schema, body.clone()), "{body}");
        }
    }

    #[test]
    fn replacing_content_destroys_and_editing_it_does_not() {
        for body in [
            json!({"type": "replace_content", "replace_content": {"new_str": ""}}),
            json!({"replace_content": {"new_str": ""}}),
            json!({"type": "replace_content_range", "replace_content_range": {}}),
            json!({"type": "update_content", "update_content": {"content_updates": [], "allow_deleting_content": true}}),
        ] {
            assert!(destroys(RaisedBy::Markdown, body.clone()), "{body}");
        }
        for body in [
            json!({"type": "update_content", "update_content": {"content_updates": []}}),
            json!({"type": "insert_content", "insert_content": {"content": "x"}}),
        ] {
            assert!(!destroys(RaisedBy::Markdown, body.clone()), "{body}");
        }
    }
}
