//! People whom a text mentions as `@Name`.

use std::cell::Cell;

use super::script::is_east_asian;
use crate::{NotionId, excerpt, names};

/// Those whom a name after `@` may mean. Only the exact name, or the email address, means somebody: whoever is mentioned
/// is told of it.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Names and addresses, the longest first; none while nobody was looked up.
    known: Option<Vec<(String, NotionId)>>,
    /// Why nobody could be looked up.
    hidden: Option<String>,
    wanted: Cell<bool>,
}

/// Whom the text after an `@` means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Somebody, by so many bytes.
    Person(NotionId, usize),
    /// Nobody, with the words for it.
    Nobody(String),
    /// It isn't known yet.
    Unasked,
}

impl People {
    /// People by their names and addresses.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = (String, NotionId)>) -> Self {
        let forms = |(name, id): (String, NotionId)| {
            names::forms(name.trim()).into_iter().map(move |form| (form, id))
        };
        let mut known: Vec<_> =
            known.into_iter().flat_map(forms).filter(|(name, _)| !name.is_empty()).collect();
        known.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        known.dedup();
        Self { known: Some(known), hidden: None, wanted: Cell::new(false) }
    }

    /// Nobody, because they can't be listed: names stay text, with this as the reason.
    #[must_use]
    pub fn hidden(why: &str) -> Self {
        Self { known: Some(Vec::new()), hidden: Some(why.to_owned()), wanted: Cell::new(false) }
    }

    /// True when a text was read that may mention somebody, before anybody was looked up.
    #[must_use]
    pub fn are_wanted(&self) -> bool {
        self.wanted.get()
    }

    /// Whom the text after an `@` starts with.
    pub(super) fn at(&self, text: &str) -> Found {
        let Some(known) = &self.known else {
            self.wanted.set(true);
            return Found::Unasked;
        };
        let starts = |(name, _): &&(String, NotionId)| {
            text.strip_prefix(name.as_str()).is_some_and(|rest| is_end(name, rest))
        };
        let mut matching = known.iter().filter(starts);
        let Some((name, id)) = matching.next() else { return Found::Nobody(self.unknown(text, known)) };
        if matching.any(|(other, other_id)| other == name && other_id != id) {
            return Found::Nobody(format!(
                "more than one person is called `{name}`, so `@{name}` stayed text"
            ));
        }
        Found::Person(*id, name.len())
    }

    /// Whom a name means as a whole.
    pub(super) fn called(&self, name: &str) -> Found {
        match self.at(name) {
            Found::Person(id, length) if length == name.len() => Found::Person(id, length),
            Found::Person(..) => {
                Found::Nobody(format!("`@{}` is nobody's whole name and stayed text", excerpt(name)))
            }
            other => other,
        }
    }

    fn unknown(&self, text: &str, known: &[(String, NotionId)]) -> String {
        let word: String = text
            .chars()
            .take(MAX_WORD_LENGTH)
            .take_while(|character| {
                character.is_alphanumeric() || matches!(character, '-' | '\'' | '.' | '_' | '@')
            })
            .collect();
        let word = word.trim_end_matches(['.', '-', '\'']);
        if let Some(why) = &self.hidden {
            return format!("`@{word}` stayed text: {why}");
        }
        let (first, start) =
            (word.to_lowercase(), text.chars().take(MAX_NAME_LENGTH).collect::<String>().to_lowercase());
        let other_case = known.iter().find(|(name, _)| start.starts_with(&name.to_lowercase()));
        let near =
            other_case.or_else(|| known.iter().find(|(name, _)| name.to_lowercase().starts_with(&first)));
        match near {
            Some((name, _)) => format!("`@{word}` is nobody's whole name and stayed text; write `@{name}`"),
            None => format!("`@{word}` is nobody's name and stayed text"),
        }
    }
}

/// Most characters of a name that a note quotes.
const MAX_WORD_LENGTH: usize = 40;

/// Most characters of a text among which a name in another case is looked for.
const MAX_NAME_LENGTH: usize = 200;

/// True where a name ends before this text: at no letter or digit, but for scripts without blanks between words.
fn is_end(name: &str, rest: &str) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    let own = name.chars().next_back();
    !next.is_alphanumeric() || is_east_asian(next) || own.is_some_and(|own| !own.is_alphanumeric())
}

/// A name between brackets or quotes that starts here, and where they end.
pub(super) fn enclosed(text: &str) -> Option<(&str, usize)> {
    let (open, close) = [('[', ']'), ('"', '"')].into_iter().find(|(open, _)| text.starts_with(*open))?;
    let inside = text.strip_prefix(open)?;
    let end =
        inside.char_indices().take(MAX_NAME_LENGTH).find(|(_, next)| *next == close || *next == '\n')?;
    let name = inside.get(..end.0).filter(|name| end.1 == close && name.starts_with(char::is_alphabetic))?;
    Some((name, end.0 + 2))
}

/// The person of `(user://id)`, and how long that is.
pub(super) fn named_by_link(text: &str) -> Option<(NotionId, usize)> {
    const MAX_ID_LENGTH: usize = 36;
    let rest = text.strip_prefix("(user://")?;
    let end = rest.bytes().take(MAX_ID_LENGTH + 1).position(|byte| byte == b')')?;
    let id = rest.get(..end)?.parse().ok()?;
    Some((id, "(user://".len() + end + 1))
}

/// True for an `@` that may stand before a name: not one in an address, and not one without a name.
pub(super) fn may_start(before: Option<char>, after: Option<char>) -> bool {
    let is_in_address = |before: char| {
        before.is_alphanumeric() && !is_east_asian(before)
            || matches!(before, '.' | '_' | '%' | '+' | '-' | '/' | '@' | '\\')
    };
    !before.is_some_and(is_in_address) && after.is_some_and(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: NotionId = NotionId::from_u128(1);
    const BO: NotionId = NotionId::from_u128(2);

    fn people() -> People {
        People::new(
            [
                ("Ada", ADA),
                ("Ada Lovelace", BO),
                ("ada@example.com", BO),
                ("Max", ADA),
                ("Max", BO),
                ("\u{5C71}\u{7530}", ADA),
            ]
            .map(|(name, id)| (name.to_owned(), id)),
        )
    }

    #[test]
    fn the_longest_whole_name_is_meant() {
        for (text, id, length) in [
            ("Ada Lovelace please look", BO, 12),
            ("Ada, please look", ADA, 3),
            ("ada@example.com!", BO, 15),
            ("\u{5C71}\u{7530}\u{3055}\u{3093}", ADA, 6),
        ] {
            assert_eq!(people().at(text), Found::Person(id, length), "{text}");
        }
    }

    #[test]
    fn another_case_a_part_and_a_name_of_two_mean_nobody() {
        for (text, told) in [
            ("ada lovelace", "write `@Ada Lovelace`"),
            ("Grace", "nobody's name"),
            ("Max please", "more than one person"),
        ] {
            let Found::Nobody(words) = people().at(text) else { panic!("{text}") };
            assert!(words.contains(told), "{words}");
        }
        assert!(!people().are_wanted());
        let unasked = People::default();
        assert_eq!(unasked.at("Ada"), Found::Unasked);
        assert!(unasked.are_wanted());
    }

    #[test]
    fn a_name_between_brackets_or_quotes_is_meant_as_a_whole() {
        assert_eq!(enclosed("[Ada Lovelace] x"), Some(("Ada Lovelace", 14)));
        assert_eq!(enclosed("\"Ada\" x"), Some(("Ada", 5)));
        assert_eq!(enclosed("[1] x"), None);
        assert_eq!(named_by_link(&format!("(user://{BO}) x")), Some((BO, 45)));
        assert_eq!(people().called("Ada Lovelace"), Found::Person(BO, 12));
        assert!(matches!(people().called("Ada Lo"), Found::Nobody(_)));
    }

    #[test]
    fn addresses_and_lone_signs_are_no_mentions() {
        assert!(
            may_start(Some(' '), Some('A')) && may_start(None, Some('A')) && may_start(Some('('), Some('A'))
        );
        assert!(
            !may_start(Some('a'), Some('b'))
                && !may_start(Some('/'), Some('t'))
                && !may_start(Some(' '), Some(' '))
        );
    }
}
