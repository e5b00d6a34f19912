//! Which members an object may have: one that nobody reads would be dropped in silence.

use serde_json::{Map, Value};

use super::{excerpt, names};
use crate::Error;

/// Refuses members that aren't known; `what` names the object, to end the sentence.
///
/// # Errors
///
/// `InvalidInput` with the known members, nearest first.
pub(crate) fn only(object: &Map<String, Value>, what: &str, known: &[&str]) -> Result<(), Error> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Error::invalid_input(format!("`{}` is no member of {what}.", excerpt(unknown)))
            .hint(names::valid(unknown, known))),
    }
}

/// The same for a value that may be an object.
pub(crate) fn only_of(value: Option<&Value>, what: &str, known: &[&str]) -> Result<(), Error> {
    value.and_then(Value::as_object).map_or(Ok(()), |object| only(object, what, known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_member_is_refused_with_the_nearest() {
        let object = json!({ "name": "a", "colour": "red" });
        let error = only(object.as_object().expect("an object"), "an option", &["id", "name", "color"])
            .expect_err("no such member");
        assert_eq!(error.message, "`colour` is no member of an option.");
        assert!(error.hint.is_some_and(|hint| hint.starts_with("Valid, nearest first: `color`")));
        assert!(only_of(Some(&json!("a text")), "an option", &[]).is_ok());
    }
}
