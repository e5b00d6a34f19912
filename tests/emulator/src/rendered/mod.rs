//! Objects of the workspace as the API writes them. What they are is in [`crate::model`], which knows nothing of this.

mod block;
mod collection;
mod comment;
mod page;
mod parent;
mod user;
