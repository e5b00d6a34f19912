//! What a caller reads when a guest didn't come to its end.
//!
//! Nothing that the guest chose is in these texts, no memory and no names of its functions, but for where it panicked: a line
//! of its source. Why it panicked is in the log.

use toolbay_kernel::{Code, Problem, printable};
use wasmtime::Trap;

use super::memory::Refused;
use crate::host::{CallState, Stop};
use crate::limits::{GuestLimits, HOST_CALL_BYTES, HOST_CALLS, RANDOM_BYTES, STACK_BYTES, TABLE_ELEMENTS};

/// Why a guest ended before its time, as words that follow its tool's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What it means for the caller.
    pub(crate) code: Code,
    /// What happened, such as `ran out of its 5 s of CPU time`.
    pub(crate) what: String,
    /// What its author can do.
    pub(crate) hint: Option<&'static str>,
}

impl Ended {
    /// Reads the error of a store, and what its limiter refused.
    pub(crate) fn of(error: &wasmtime::Error, state: &CallState, limits: &GuestLimits) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return Self::by_host(*stop, limits);
        }
        match (error.downcast_ref::<Trap>(), state.memory.refused()) {
            // A guest that is refused memory gives up at an unreachable instruction, or isn't instantiated at all.
            (None | Some(Trap::UnreachableCodeReached), Some(refused)) => {
                Self::by_limiter(refused, state.memory.max_mib())
            }
            (Some(trap), _) => match (trap, &state.panic) {
                (Trap::UnreachableCodeReached, Some(panic)) => {
                    Self::failed(format!("panicked at {}", panic.at))
                }
                _ => Self::by_itself(*trap),
            },
            (None, None) => Self::by_contract(error),
        }
    }

    /// The problem that the caller reads.
    pub(crate) fn problem(self, subject: &str) -> Problem {
        let problem = Problem::new(self.code, format!("`{subject}` {}", self.what));
        match self.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    fn by_host(stop: Stop, limits: &GuestLimits) -> Self {
        match stop {
            Stop::CpuTime => {
                let seconds = limits.cpu.as_secs_f64();
                Self::limited(format!("ran out of its {seconds} s of CPU time"))
            }
            Stop::HostCalls => Self::limited(format!("called the host more than {HOST_CALLS} times")),
            Stop::RandomBytes => {
                Self::failed(format!("asked for more than {RANDOM_BYTES} random bytes at once"))
            }
            Stop::NoCall(_) | Stop::Job(_) => Self::failed(stop.to_string()),
            Stop::HostStops => Self {
                code: Code::Unavailable,
                what: stop.to_string(),
                hint: Some("try again in a few seconds"),
            },
        }
    }

    fn by_limiter(refused: Refused, max_mib: usize) -> Self {
        match refused {
            Refused::Call => Self::limited(format!("used more than its {max_mib} MiB of memory")),
            Refused::Plugin => Self {
                code: Code::LimitExceeded,
                what: "found no memory, because other calls of its plugin use all that one plugin may have"
                    .into(),
                hint: Some("try again when they have ended"),
            },
            Refused::Table => Self::limited(format!("used more than {TABLE_ELEMENTS} table elements")),
        }
    }

    fn by_itself(trap: Trap) -> Self {
        match trap {
            Trap::StackOverflow => Self::failed(format!("ran out of stack ({} KiB)", STACK_BYTES / 1024)),
            Trap::UnreachableCodeReached => Self::failed("stopped at an unreachable instruction (a panic?)"),
            Trap::MemoryOutOfBounds | Trap::TableOutOfBounds => Self::failed("reached outside of its memory"),
            Trap::IntegerDivisionByZero => Self::failed("divided by zero"),
            other => Self::failed(format!("trapped: {other}")),
        }
    }

    /// What Wasmtime itself refused to pass on, such as a string that isn't UTF-8.
    fn by_contract(error: &wasmtime::Error) -> Self {
        let reason = printable::line(&error.root_cause().to_string(), 300);
        tracing::debug!(reason, "plugin.broke_contract");
        // Wasmtime has no type for this error; a test holds the words.
        if reason.contains("fuel allocated for hostcalls") {
            let mib = HOST_CALL_BYTES / (1024 * 1024);
            return Self::limited(format!("handed over more than {mib} MiB at once"));
        }
        Self::failed("handed over something that the plugin contract doesn't allow")
    }

    fn failed(what: impl Into<String>) -> Self {
        Self {
            code: Code::Failed,
            what: what.into(),
            hint: Some("this is a fault of the plugin; its author can mend it"),
        }
    }

    fn limited(what: String) -> Self {
        Self { code: Code::LimitExceeded, what, hint: Some("ask for less at once") }
    }
}
