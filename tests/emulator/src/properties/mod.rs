//! Property values: written from requests, read into answers, computed where they are computed.

pub(crate) mod convert;
pub(crate) mod dates;
pub(crate) mod formula;
pub(crate) mod options;
pub(crate) mod read;
pub(crate) mod relation;
pub(crate) mod rollup;
pub(crate) mod schema;
pub(crate) mod stored;
pub(crate) mod unsupported;
pub(crate) mod write;
pub(crate) mod zones;
