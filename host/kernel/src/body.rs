//! The JSON of an answer from outside: the text that came, and the value for whoever looks into it.
//!
//! Most answers are only handed on, to a guest that reads them itself. What the host looks into, such as the answer to a
//! write, is read once.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::json;

/// JSON, as text and as a value. Cheap to clone. One of them is always there; the other one is made of it when it is asked
/// for.
#[derive(Clone)]
pub struct Body {
    text: Arc<OnceLock<String>>,
    value: Arc<OnceLock<Value>>,
}

impl Body {
    /// The body that a text is, which stays as it is.
    ///
    /// # Errors
    ///
    /// As [`json::check_syntax`].
    pub fn of_text(text: String) -> Result<Self, serde_json::Error> {
        json::check_syntax(&text)?;
        Ok(Self { text: Arc::new(text.into()), value: Arc::default() })
    }

    /// The same text, as nobody has read it: a reader of one holds no value for the other.
    #[must_use]
    pub fn unread(&self) -> Self {
        let _ = self.text();
        Self { text: Arc::clone(&self.text), value: Arc::default() }
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.value.get().unwrap_or(&Value::Null).to_string())
    }

    /// The JSON text; that which came is not copied when nobody else has the body.
    #[must_use]
    pub fn into_text(mut self) -> String {
        match Arc::get_mut(&mut self.text).and_then(OnceLock::take) {
            Some(text) => text,
            None => self.text().to_owned(),
        }
    }

    /// The value, which is read from the text the first time.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            json::read_any(self.text()).unwrap_or_else(|error| {
                // The check refuses what the reader does.
                tracing::error!(%error, "body.unreadable");
                Value::Null
            })
        })
    }

    /// A member of the value, where that is an object and has one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.value().get(name)
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self { text: Arc::default(), value: Arc::new(value.into()) }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_handed_on_as_it_came() {
        let text = "{ \"b\": 1.0, \"a\": [\"\\u00e9\"] }";
        let body = Body::of_text(text.to_owned()).unwrap();
        assert_eq!(body.get("a"), Some(&json!(["é"])));
        assert_eq!(body.text(), text);
        let other = body.clone();
        assert_eq!(body.into_text(), text);
        assert_eq!(other.into_text(), text);
    }

    #[test]
    fn what_is_unread_shares_the_text_alone() {
        let body = Body::from(json!([1, 2]));
        let kept = body.unread();
        assert!(kept.value.get().is_none());
        assert_eq!(kept, body);
        assert_eq!(kept.unread().text(), "[1,2]");
    }

    #[test]
    fn a_value_is_written_when_it_is_asked_for() {
        let body = Body::from(json!({"a": 1}));
        assert_eq!(body, Body::of_text("{ \"a\": 1 }".to_owned()).unwrap());
        assert_eq!(body.into_text(), "{\"a\":1}");
    }

    proptest! {
        /// What is taken as a body can be read, and what can be read is taken.
        #[test]
        fn a_text_is_a_body_when_it_can_be_read(text in r#"[\[\]{},:"\\aeu0-9dD.+\- ]{0,24}"#) {
            let read = serde_json::from_str::<Value>(&text);
            match Body::of_text(text) {
                Ok(body) => prop_assert_eq!(body.value(), &read.unwrap()),
                Err(_) => prop_assert!(read.is_err()),
            }
        }
    }

    #[test]
    fn the_name_that_the_parser_has_for_itself_is_one_like_others() {
        let body = Body::of_text(r#"{"$serde_json::private::RawValue": "{}"}"#.to_owned()).unwrap();
        assert_eq!(body.get("$serde_json::private::RawValue"), Some(&json!("{}")));
    }

    #[test]
    fn what_a_parser_stumbles_over_is_no_body() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in ["", "{", "1e999", r#""\ud800""#, "[1] 2", "\"\n\"", deep.as_str()] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            assert!(Body::of_text(text.to_owned()).is_err(), "{text}");
        }
    }
}
