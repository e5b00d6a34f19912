//! What may be granted of the web: hosts, with methods and paths.

use serde_json::Value;
use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::gate::Method;
use toolbay_kernel::{Access, CapabilityName};

use crate::place::Place;

/// Requests to hosts that the manifest names and the operator granted.
pub const CAPABILITY: CapabilityName = CapabilityName::new(60, "http").without_connection();

/// What an author writes to ask for it.
const EXAMPLE: &str = "[\"GET api.example.com/v1/*\"]";

/// The capability of this egress, for the registry.
#[must_use]
pub fn capability() -> Capability {
    Capability { name: CAPABILITY, scope, example: EXAMPLE, in_words: "send requests to hosts of the web" }
}

/// The strongest thing that a request of a method may do, as HTTP says it: what a host does besides, its operator knows.
pub(crate) fn access(method: Method) -> Access {
    match method {
        Method::Get | Method::Head | Method::Options => Access::Reads,
        Method::Post | Method::Put | Method::Patch => Access::Writes,
        Method::Delete => Access::Destroys,
    }
}

/// A list of places. There is no way to ask for all of the web.
fn scope(written: &Value) -> Result<Option<Scope>, String> {
    let expected = || format!("expected a list of places such as {EXAMPLE}");
    let texts: Option<Vec<&str>> =
        written.as_array().ok_or_else(expected)?.iter().map(Value::as_str).collect();
    let places = Place::list(texts.ok_or_else(expected)?).map_err(|error| error.to_string())?;
    Ok((!places.is_empty()).then_some(Scope::Within(places)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_manifest_asks_for_places_and_never_for_everything() {
        let asked =
            scope(&json!(["GET API.example.com/v1/*", "POST hooks.example.com/in"])).unwrap().unwrap();
        assert!(asked.covers("GET api.example.com/v1/x") && asked.covers("POST hooks.example.com/in"));
        assert!(!asked.covers("POST api.example.com/v1/x") && !asked.covers("GET hooks.example.com/in"));
        assert_eq!(scope(&json!([])), Ok(None));
        for wrong in
            [json!(true), json!("GET a.example/*"), json!([1]), json!(["a.example"]), json!(["GET *"])]
        {
            assert!(scope(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_method_says_what_a_request_may_do() {
        let strong = |method| access(method);
        assert_eq!(
            Method::ALL.map(strong),
            [
                Access::Reads,
                Access::Reads,
                Access::Reads,
                Access::Writes,
                Access::Writes,
                Access::Writes,
                Access::Destroys
            ]
        );
    }
}
