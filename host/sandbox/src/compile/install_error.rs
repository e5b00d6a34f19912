//! Why a plugin is refused.

use toolbay_kernel::schema::SchemaRefusal;

use crate::inspect::InspectError;

/// Why a plugin can't be installed, for the operator who put it there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InstallError {
    pub reason: String,
    pub fix: String,
    /// For how long the same file needs no second look.
    pub(crate) holds: Holds,
}

/// For how long a refusal is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// As long as host and compiler are the same: it follows from the file's bytes.
    Always,
    /// A day: the compiler met a limit of its own, which it would meet again.
    Today,
    /// An hour: something ended it, perhaps a busy machine.
    AWhile,
    /// Not at all.
    Never,
}

impl InstallError {
    pub(crate) fn new(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { reason: reason.into(), fix: fix.into(), holds: Holds::Always }
    }

    pub(crate) fn of_host(what: &str, error: &dyn std::fmt::Display) -> Self {
        let fix = "this is a fault of the host, not of the plugin; see its log";
        Self::new(format!("{what}: {error}"), fix).holding(Holds::Never)
    }

    pub(crate) fn holding(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }
}

impl From<SchemaRefusal> for InstallError {
    fn from(refusal: SchemaRefusal) -> Self {
        Self::new(refusal.to_string(), refusal.reason.fix())
    }
}

impl From<InspectError> for InstallError {
    fn from(error: InspectError) -> Self {
        Self::new(error.to_string(), error.fix())
    }
}
