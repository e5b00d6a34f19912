//! The methods of Notion's API.

use std::fmt;

/// A method that the Notion API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads one object or a list.
    Get,
    /// Creates, and queries where the question needs a body.
    Post,
    /// Changes what is there, or appends to it.
    Patch,
    /// Removes; a block goes to the trash, where it can be taken from again.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
