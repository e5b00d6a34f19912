//! Where an object hangs.

/// The parent of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parent {
    Workspace,
    Page(String),
    Block(String),
    Database(String),
    DataSource(String),
}

impl Parent {
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Parent::Workspace => None,
            Parent::Page(id) | Parent::Block(id) | Parent::Database(id) | Parent::DataSource(id) => Some(id),
        }
    }
}
