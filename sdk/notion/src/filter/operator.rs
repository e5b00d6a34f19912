//! Which operators Notion knows for which values, and what people call them.

use crate::Error;
use crate::names;
use crate::properties::Kind;

/// Types whose conditions look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Checkbox,
    /// One option.
    Choice,
    /// Several options.
    Choices,
    Date,
    People,
    Relation,
    /// Only whether there is something.
    Existence,
    Verification,
}

impl Family {
    /// The family of a type's conditions; none when they depend on what the type computes, or there are none.
    pub(super) fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Title | Kind::RichText | Kind::Url | Kind::Email | Kind::PhoneNumber => Self::Text,
            Kind::Number | Kind::UniqueId => Self::Number,
            Kind::Checkbox => Self::Checkbox,
            Kind::Select | Kind::Status => Self::Choice,
            Kind::MultiSelect => Self::Choices,
            Kind::Date | Kind::CreatedTime | Kind::LastEditedTime => Self::Date,
            Kind::People | Kind::CreatedBy | Kind::LastEditedBy => Self::People,
            Kind::Relation => Self::Relation,
            Kind::Files => Self::Existence,
            Kind::Other(name) if name == "verification" => Self::Verification,
            _ => return None,
        })
    }

    /// Notion's operators, and those that are made of them here (`in`, `not_in`, `between`).
    pub(super) fn operators(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "equals",
                "does_not_equal",
                "contains",
                "does_not_contain",
                "starts_with",
                "ends_with",
                "is_empty",
                "is_not_empty",
                "in",
                "not_in",
            ],
            Self::Number => &[
                "equals",
                "does_not_equal",
                "greater_than",
                "less_than",
                "greater_than_or_equal_to",
                "less_than_or_equal_to",
                "between",
                "is_empty",
                "is_not_empty",
                "in",
                "not_in",
            ],
            Self::Checkbox => &["equals", "does_not_equal"],
            Self::Choice => &["equals", "does_not_equal", "is_empty", "is_not_empty", "in", "not_in"],
            Self::Choices | Self::People | Self::Relation => {
                &["contains", "does_not_contain", "is_empty", "is_not_empty", "in", "not_in"]
            }
            Self::Date => &[
                "equals",
                "before",
                "after",
                "on_or_before",
                "on_or_after",
                "between",
                "is_empty",
                "is_not_empty",
                "this_week",
                "past_week",
                "past_month",
                "past_year",
                "next_week",
                "next_month",
                "next_year",
                "in",
            ],
            Self::Existence => &["is_empty", "is_not_empty"],
            Self::Verification => &["status", "does_not_equal"],
        }
    }

    /// True for an operator of this family, whatever it is called.
    pub(super) fn knows(self, given: &str) -> bool {
        self.named(given).is_some()
    }

    fn named(self, given: &str) -> Option<&'static str> {
        let operators = self.operators();
        let known = |name: &str| operators.iter().find(|operator| names::alike(operator, name)).copied();
        known(given.trim()).or_else(|| {
            let (_, meanings) = CALLED
                .iter()
                .find(|(called, _)| called.iter().any(|called| names::alike(called, given.trim())))?;
            meanings.iter().find_map(|meaning| known(meaning))
        })
    }

    /// The operator that a caller means.
    pub(super) fn operator(self, given: &str, property: &str) -> Result<&'static str, Error> {
        match self.named(given) {
            Some(operator) => Ok(operator),
            None => names::find(given, self.operators(), &format!("operator for `{property}`")),
        }
    }

    /// A span of time that a date can be in, relative to today.
    pub(super) fn window(text: &str) -> Option<&'static str> {
        let windows = Self::Date.operators().iter();
        let is_window = |name: &str| ["_week", "_month", "_year"].iter().any(|span| name.ends_with(span));
        windows.copied().find(|name| is_window(name) && names::alike(name, text.trim()))
    }
}

/// What operators are called, and which of Notion's they mean: the first that a family has.
const CALLED: [(&[&str], &[&str]); 12] = [
    (&["=", "==", "eq", "equals", "equal", "is", "on"], &["equals", "contains", "status"]),
    (
        &["!=", "<>", "ne", "neq", "does_not_equal", "not_equals", "not_equal", "is_not", "not"],
        &["does_not_equal", "does_not_contain"],
    ),
    (&[">", "gt", "greater_than", "after"], &["greater_than", "after"]),
    (&["<", "lt", "less_than", "before"], &["less_than", "before"]),
    (
        &[">=", "gte", "ge", "greater_than_or_equal_to", "on_or_after", "since", "from", "at_least"],
        &["greater_than_or_equal_to", "on_or_after"],
    ),
    (
        &["<=", "lte", "le", "less_than_or_equal_to", "on_or_before", "until", "to", "at_most"],
        &["less_than_or_equal_to", "on_or_before"],
    ),
    (&["includes", "has", "like"], &["contains"]),
    (&["not_contains", "excludes", "does_not_include"], &["does_not_contain"]),
    (&["any_of", "one_of", "any"], &["in"]),
    (&["none_of", "nin"], &["not_in"]),
    (&["empty", "is_null"], &["is_empty"]),
    (&["not_empty", "exists", "is_not_null"], &["is_not_empty"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_found_by_what_people_call_it() {
        for (family, given, operator) in [
            (Family::Number, ">=", "greater_than_or_equal_to"),
            (Family::Date, ">=", "on_or_after"),
            (Family::Date, "greater_than", "after"),
            (Family::Text, "startsWith", "starts_with"),
            (Family::Choices, "equals", "contains"),
            (Family::People, "!=", "does_not_contain"),
            (Family::Choice, "any of", "in"),
            (Family::Existence, "exists", "is_not_empty"),
        ] {
            assert_eq!(family.operator(given, "X").expect(given), operator);
        }
    }

    #[test]
    fn an_operator_that_a_type_does_not_have_is_refused_with_those_it_has() {
        for (family, given) in [
            (Family::Choice, "contains"),
            (Family::Date, "!="),
            (Family::Text, "<"),
            (Family::Checkbox, "in"),
        ] {
            let error = family.operator(given, "X").expect_err(given);
            assert!(error.hint.is_some_and(|hint| hint.contains("`equals`")), "{given}");
        }
    }
}
