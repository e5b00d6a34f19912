//! Who administers: what everybody did is theirs to see and to stop.

use toolbay_kernel::principal::PrincipalKind;
use toolbay_kernel::{Code, Principal, Problem};

use crate::envelope::Refusal;

/// Whether a principal administers the host.
pub(crate) fn administers(principal: &Principal) -> bool {
    principal.kind == PrincipalKind::Operator
}

/// Refuses who doesn't.
pub(crate) fn required(principal: &Principal) -> Result<(), Refusal> {
    if administers(principal) {
        return Ok(());
    }
    let problem = Problem::new(Code::Forbidden, "This is for who administers the host.").hint(
        "Sign in as the operator with the link of `toolbay session link`, or use a token of `toolbay token create --administers`.",
    );
    Err(problem.into())
}
