//! Where the outcome of a write can be seen.

/// Where the outcome of a write can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Nowhere,
    /// What was sent is to be: the object shows it.
    InState,
    /// The object is in the trash.
    InTrash,
    /// The object is no longer there.
    Gone,
    /// The page shows its new parent.
    InParent,
    /// The file says that it is uploaded.
    Uploaded,
    /// A page is a row of its data source, or a child of its page.
    AsPage,
    /// Blocks are among the children of their parent.
    AsChildren,
    /// A comment is among those of its page or block.
    AsComment,
}

impl Seen {
    /// Whether the write says what is to be, not what is to be added: a second one leaves what the first one left.
    pub(crate) fn is_of_state(self) -> bool {
        match self {
            Self::InState | Self::InTrash | Self::Gone | Self::InParent => true,
            Self::Nowhere | Self::Uploaded | Self::AsPage | Self::AsChildren | Self::AsComment => false,
        }
    }
}
