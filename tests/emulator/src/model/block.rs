//! Blocks.

use serde_json::Value;

use crate::model::Stamps;
use crate::model::parent::Parent;

/// A block, without its children: [`children_of`](crate::model::Workspace::children_of) has those.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) parent: Parent,
    pub(crate) kind: String,
    pub(crate) content: Value,
    pub(crate) in_trash: bool,
}
