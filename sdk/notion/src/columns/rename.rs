//! Renamed options.

/// An option that is to have another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionRename {
    /// The column that it is an option of.
    pub column: String,
    /// Its name.
    pub from: String,
    /// Its new name.
    pub to: String,
    /// There is an option of the new name already.
    pub merges: bool,
}
