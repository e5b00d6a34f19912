//! Who administers: what everybody did is theirs to see and to stop.

use toolbay_kernel::{Code, Principal, Problem};

use crate::envelope::Refusal;

/// Refuses who doesn't.
pub(crate) fn required(principal: &Principal) -> Result<(), Refusal> {
    if principal.administers {
        return Ok(());
    }
    let problem = Problem::new(Code::Forbidden, "You do not administer this host.").hint(
        "Sign in as the operator, by a link of `toolbay session link`, or use a token that was made with `toolbay token create NAME --administers`.",
    );
    Err(problem.into())
}
