//! Problems on their way into and out of a guest.

use serde_json::Value;
use toolbay_kernel::problem::MAX_TEXT;
use toolbay_kernel::{Code, Problem, printable};

use crate::bindings::toolbay::plugin::types;
use crate::json;
use crate::limits::DETAILS_BYTES;

impl types::Host for super::CallState {}

/// A problem as a guest reads it.
pub(super) fn to_guest(mut problem: Problem) -> types::Problem {
    if let Some(error) = problem.take_cause() {
        tracing::error!(%error, "plugin.request_failed");
    }
    types::Problem {
        code: code_to_guest(problem.code),
        message: problem.message,
        hint: problem.hint,
        details: problem.details.map(|details| details.to_string()),
    }
}

fn code_to_guest(code: Code) -> types::ProblemCode {
    match code {
        Code::InvalidInput => types::ProblemCode::InvalidInput,
        Code::NotFound => types::ProblemCode::NotFound,
        // A guest has no credential to present again, so for it the two are one.
        Code::Forbidden | Code::Unauthenticated => types::ProblemCode::Forbidden,
        Code::Conflict | Code::KeyReused => types::ProblemCode::Conflict,
        Code::RateLimited => types::ProblemCode::RateLimited,
        Code::LimitExceeded => types::ProblemCode::LimitExceeded,
        Code::UpstreamFailed | Code::Unavailable => types::ProblemCode::UpstreamFailed,
        Code::OutcomeUnknown => types::ProblemCode::OutcomeUnknown,
        Code::Cancelled => types::ProblemCode::Cancelled,
        // Codes that come later mean to a guest what they mean to a client that doesn't know them.
        _ => types::ProblemCode::Failed,
    }
}

/// A guest's problem as the door passes it on: bounded, and free of control characters.
pub(crate) fn problem_of_guest(problem: types::Problem) -> Problem {
    let code = match problem.code {
        types::ProblemCode::InvalidInput => Code::InvalidInput,
        types::ProblemCode::NotFound => Code::NotFound,
        types::ProblemCode::Forbidden => Code::Forbidden,
        types::ProblemCode::Conflict => Code::Conflict,
        types::ProblemCode::RateLimited => Code::RateLimited,
        types::ProblemCode::LimitExceeded => Code::LimitExceeded,
        types::ProblemCode::UpstreamFailed => Code::UpstreamFailed,
        types::ProblemCode::OutcomeUnknown => Code::OutcomeUnknown,
        types::ProblemCode::Cancelled => Code::Cancelled,
        types::ProblemCode::Failed => Code::Failed,
    };
    let mut own = Problem::new(code, printable::prose(&problem.message, MAX_TEXT));
    if let Some(hint) = problem.hint {
        own = own.hint(printable::prose(&hint, MAX_TEXT));
    }
    // Details that can't be passed on are left out: the problem itself matters more.
    match problem.details.map(|details| json::parse(&details, DETAILS_BYTES)) {
        None | Some(Ok(Value::Null) | Err(_)) => own,
        Some(Ok(details)) => own.details(details),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_problem_is_bounded() {
        let own = problem_of_guest(types::Problem {
            code: types::ProblemCode::Conflict,
            message: "\u{1b}[2J".to_owned() + &"x".repeat(10_000),
            hint: Some("h\u{0}".to_owned()),
            details: Some("{".to_owned()),
        });
        assert_eq!(own.code, Code::Conflict);
        assert!(own.message.starts_with("[2Jxx") && own.message.len() < 2_100);
        assert_eq!((own.hint.as_deref(), own.details), (Some("h"), None));
    }

    #[test]
    fn every_code_reaches_a_guest() {
        for code in Code::ALL {
            let there = to_guest(Problem::new(code, "m"));
            let back = problem_of_guest(there).code;
            let same = !matches!(code, Code::Unauthenticated | Code::Unavailable | Code::KeyReused);
            assert_eq!(back == code, same, "{code:?} came back as {back:?}");
        }
    }
}
