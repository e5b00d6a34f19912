//! Objects outside, and what is known of where they are.

use serde_json::Value;

/// An object outside, or a rule about one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// What it is to its egress, which knows by it how to read it.
    pub kind: &'static str,
    pub id: String,
    /// Whether its id can be that of a part. A rule has the id of what it is about and is none.
    is_place: bool,
}

impl Object {
    /// Something that has a place below something else.
    #[must_use]
    pub fn place(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), is_place: true }
    }

    /// A rule about an object: it holds when everything that its fact needs does.
    #[must_use]
    pub fn rule(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), is_place: false }
    }

    /// Whether its id can be that of a part.
    #[must_use]
    pub fn is_place(&self) -> bool {
        self.is_place
    }
}

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Above {
    /// At the top, or nobody says where.
    Nothing,
    /// Below this one.
    Object(Object),
    /// It is a rule, which is nowhere.
    Rule,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub above: Above,
    /// What has to be inside too, for this to count as inside.
    pub needs: Vec<Object>,
    /// What else the egress wants to remember of it.
    pub detail: Value,
}

impl Fact {
    /// The fact of what isn't there, or that nobody may see.
    #[must_use]
    pub fn absent() -> Self {
        Self { above: Above::Nothing, needs: Vec::new(), detail: Value::Null }
    }
}
