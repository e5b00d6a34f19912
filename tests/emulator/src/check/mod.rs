//! The checks that a request passes before a handler sees it, in Notion's order (see [`crate::gate`]).

pub(crate) mod credential;
pub(crate) mod json_body;
pub(crate) mod problem;
pub(crate) mod query_string;
pub(crate) mod shape;
