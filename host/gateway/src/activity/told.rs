//! Words that several answers have.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::audit::{Act, RecordedEvent, about, details, outcome, summary_of};

use crate::envelope::Refusal;

/// A time as answers have it.
pub(super) fn at(time: OffsetDateTime) -> Option<String> {
    time.format(&Rfc3339).ok()
}

/// The members of an object that are something.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let told = members.into_iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An event of a list.
pub(super) fn event(recorded: &RecordedEvent) -> Map<String, Value> {
    let RecordedEvent { seq, at: time, event } = recorded;
    let (code, duration) = match &event.act {
        Act::CallEnded(ended) => (ended.code, Some(ended.duration_ms)),
        Act::Effect(effect) => (effect.code, None),
        _ => (None, None),
    };
    object([
        ("number", json!(seq)),
        ("at", json!(at(*time))),
        ("event", json!(event.act.kind())),
        ("about", json!(about(event))),
        ("outcome", json!(outcome(&event.act))),
        ("code", json!(code)),
        ("summary", json!(summary_of(&event.act))),
        ("surface", json!(event.by.surface.as_str())),
        ("connection_id", json!(event.connection)),
        ("call", json!(event.call)),
        ("principal", json!({"id": event.by.principal, "name": event.by.name})),
        ("duration_ms", json!(duration)),
    ])
}

/// An event of a call, with all that is recorded of it.
pub(super) fn event_with_details(recorded: &RecordedEvent) -> Value {
    let mut told = event(recorded);
    told.insert("details".to_owned(), details(&recorded.event.act));
    Value::Object(told)
}

/// What an address takes of its query, each at most once.
pub(super) fn read<const N: usize>(
    query: Vec<(String, String)>,
    names: [&str; N],
) -> Result<[Option<String>; N], Refusal> {
    let mut values = [const { None }; N];
    for (name, value) in query {
        let place = names.iter().position(|known| *known == name).and_then(|index| values.get_mut(index));
        let Some(place) = place else {
            let name: String = name.chars().take(80).collect();
            let refusal = Refusal::invalid(format!("There is no `{name}` here."));
            return Err(refusal.hint(format!("Valid are: {}.", names.join(", "))));
        };
        if place.replace(value).is_some() {
            return Err(Refusal::invalid(format!("`{name}` is there twice.")));
        }
    }
    Ok(values)
}

/// Entries of one page, and most of them that a caller can ask for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;

/// How many entries a page has.
pub(super) fn limit(given: Option<&str>) -> Result<u32, Refusal> {
    let Some(given) = given else { return Ok(PAGE) };
    let limit = given.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
    limit.ok_or_else(|| Refusal::invalid(format!("`limit` is a number from 1 to {MAX_PAGE}.")))
}

/// A page of so many, of which one more was asked for, as an answer: what comes after its last entry is asked for by a cursor.
pub(super) fn page<T>(
    name: &str,
    mut entries: Vec<T>,
    limit: u32,
    told: impl Fn(&T) -> Value,
    cursor: impl Fn(&T) -> String,
) -> Value {
    let limit = limit as usize;
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let mut answer = json!({name: entries.iter().map(told).collect::<Vec<_>>()});
    if let (true, Some(last), Some(members)) = (has_more, entries.last(), answer.as_object_mut()) {
        members.insert("next_cursor".to_owned(), cursor(last).into());
    }
    answer
}

/// The refusal of a cursor that is none.
pub(super) fn no_cursor() -> Refusal {
    Refusal::invalid("The cursor is none of this list.")
        .hint("Send the `next_cursor` of the last answer, or none to begin.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_strictly() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let [kind, of] = read(vec![pair("of", "everyone")], ["kind", "of"]).unwrap();
        assert_eq!((kind, of.as_deref()), (None, Some("everyone")));
        assert!(read(vec![pair("of", "a"), pair("of", "b")], ["of"]).is_err());
        assert!(read(vec![pair("off", "a")], ["of"]).is_err());
        assert_eq!(limit(None).unwrap(), PAGE);
        assert_eq!(limit(Some("200")).unwrap(), 200);
        for bad in ["0", "201", "-1", "x", ""] {
            assert!(limit(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_says_where_to_go_on_only_where_there_is_more() {
        let of =
            |count: u32, limit| page("numbers", (0..count).collect(), limit, |n| json!(n), u32::to_string);
        assert_eq!(of(2, 2), json!({"numbers": [0, 1]}));
        assert_eq!(of(3, 2), json!({"numbers": [0, 1], "next_cursor": "1"}));
        assert_eq!(of(0, 2), json!({"numbers": []}));
    }
}
