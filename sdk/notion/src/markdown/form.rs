//! Where markdown stands.

/// Where the markdown stands, and who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In a value of JSON, where line ends stay.
    Text,
    /// In a document that Notion reads too, with hard breaks.
    Lines,
    /// There, in a place that has one line: a line end is a tag.
    Line,
}
