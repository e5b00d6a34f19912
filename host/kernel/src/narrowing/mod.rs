//! How a principal who is narrowed to parts of a workspace is kept within them.
//!
//! The gate asks two questions of an egress, for every request of such a principal: may it be sent, and what of its answer
//! may be seen? Both are answered by functions over a [`View`], which says of an object whether it is inside. What the view
//! doesn't know yet it notes, and answers "no"; the gate reads the facts that are missing and asks again, until nothing is
//! missing. So there is one code that decides, and none beside it that collects what to decide about.
//!
//! # What isn't known to be inside is outside
//!
//! An egress without a [`Narrowing`] sends nothing for such a principal. A request that can't be decided about is refused,
//! and a member of an answer that the egress doesn't know is left out.

mod object;
mod port;
mod view;

pub use object::{Above, Fact, Object};
pub use port::{Denied, Narrowing};
pub use view::View;

/// What is said of what a narrowed principal can't have, behind its name.
pub const NOT_NARROWED: &str = "not available to a token that is narrowed to parts of a workspace";
