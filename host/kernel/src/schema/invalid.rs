//! Why a schema is not taken.

/// Largest schema, in bytes of JSON: a hundred times what a rich tool needs.
pub const MAX_SCHEMA: usize = 64 * 1024;

/// Deepest nesting of a schema's text.
pub(super) const DEEPEST: usize = 32;

/// Bytes of one pattern.
pub(super) const MAX_PATTERN: usize = 1_000;

/// A schema that the catalog doesn't take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchema {
    /// Over 64 KiB.
    #[error("the schema is larger than {} KiB", MAX_SCHEMA / 1024)]
    TooLarge,
    /// Over 32 levels.
    #[error("the schema nests deeper than {DEEPEST} levels")]
    TooDeep,
    /// More of a thing than allowed.
    #[error("it has more than {max} {what}")]
    TooMany {
        what: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// A pattern that is too long to be one.
    #[error("a pattern is longer than {MAX_PATTERN} bytes")]
    LongPattern,
    /// Not a schema of an object.
    #[error("the schema must be of an object: {{\"type\": \"object\", \"properties\": …}}")]
    NotAnObject,
    /// A reference that leaves the document; it is never fetched.
    #[error("`$ref` to `{0}` leaves the schema; only `#/…` is allowed")]
    ForeignReference(String),
    /// A reference to nothing.
    #[error("`$ref` to `{0}` leads nowhere")]
    NoTarget(String),
    /// A keyword whose meaning depends on the way to it.
    #[error("`{0}` is not supported; refer by `#/$defs/…` instead")]
    Unsupported(&'static str),
    /// An address of a part of the schema.
    #[error("`$id` below the top is not supported; refer by `#/$defs/…` instead")]
    InnerAddress,
    /// References that come back to where they began, at the same value.
    #[error("it refers to itself without going into a value, so checking it would never end")]
    Endless,
    /// Schemas in schemas that all apply to the same value.
    #[error(
        "more than {max} schemas apply one inside the other to one value (allOf, anyOf, oneOf, not, $ref)"
    )]
    TooNested {
        /// How many are allowed.
        max: usize,
    },
    /// References and choices that multiply each other.
    #[error("checking {what} against it takes up to {steps} steps; at most {max} are allowed")]
    TooCostly {
        /// How large a value.
        what: &'static str,
        /// In words, since it may be more than fits a number.
        steps: String,
        /// How many are allowed.
        max: u64,
    },
    /// So many ways through it that even counting them takes long.
    #[error("its parts refer to each other in too many ways for their cost to be counted")]
    TooEntangled,
    /// What clients would get.
    #[error("published without references, which clients don't follow, it is larger than {most_kib} KiB")]
    PublishedTooLarge {
        /// How much is allowed.
        most_kib: usize,
    },
    /// A property that the host adds itself.
    #[error("`{0}` is the host's own argument; the tool's must be named otherwise")]
    Reserved(&'static str),
    /// Not a valid JSON Schema 2020-12.
    #[error("not a valid JSON Schema: {0}")]
    Invalid(String),
}
