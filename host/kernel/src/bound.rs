//! The strongest thing that one call may do.

use crate::access::Access;
use crate::identity::scope_of;
use crate::principal::{Principal, PrincipalKind};
use crate::problem::{Code, Problem};

/// The strongest thing that a call may do: the weakest of what its tool declares, what its caller may do, and what the call
/// around it may do. The gate holds every effect to it, so a tool whose arguments decide can be called by whoever may do what
/// they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The strongest thing.
    pub(crate) most: Access,
    by: Setter,
}

/// What sets a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setter {
    Tool,
    Caller,
    /// A call around it, by what its tool declares.
    Outer,
}

impl Bound {
    /// Of a call by this principal of a tool that declares this access, within a call with that bound.
    pub(crate) fn of(declared: Access, principal: &Principal, outer: Option<Self>) -> Self {
        let declared = Self { most: declared, by: Setter::Tool };
        let callers = Self { most: principal.strongest, by: Setter::Caller };
        let own = if callers.most < declared.most { callers } else { declared };
        match outer.filter(|outer| outer.most < own.most) {
            Some(Self { most, by: Setter::Caller }) => Self { most, by: Setter::Caller },
            Some(Self { most, .. }) => Self { most, by: Setter::Outer },
            None => own,
        }
    }

    /// Whether something this strong may be done: `what` names it, `tool` the tool of the call.
    ///
    /// # Errors
    ///
    /// `forbidden` beyond the bound, with who would have to allow more.
    pub(crate) fn check(
        self,
        access: Access,
        what: &str,
        tool: &str,
        principal: &Principal,
    ) -> Result<(), Problem> {
        match self.by {
            _ if access <= self.most => Ok(()),
            Setter::Caller => Err(beyond(access, what, principal)),
            by => {
                let (declared, wanted) = (self.most.as_str(), access.as_str());
                let message = if by == Setter::Tool {
                    format!("`{tool}` declares that it {declared}, and {what} {wanted}")
                } else {
                    format!("`{tool}` was called by a tool that {declared}, and {what} {wanted}")
                };
                Err(Problem::new(Code::Forbidden, message)
                    .hint("its author must declare the strongest thing that it does"))
            }
        }
    }
}

/// Why a caller may not do something this strong, and who could let them.
pub(crate) fn beyond(access: Access, what: &str, principal: &Principal) -> Problem {
    let (wanted, most) = (access.as_str(), principal.strongest.as_str());
    let refused =
        |who: &str| Problem::new(Code::Forbidden, format!("{what} {wanted}, and {who} at `{most}`"));
    match principal.kind {
        PrincipalKind::OAuth if principal.may_ask_for.is_some_and(|further| access <= further) => {
            refused("what this client was allowed ends")
                .hint(format!("sign in again, and allow it more: the scope `{}`", scope_of(access)))
                .needing(access)
        }
        PrincipalKind::OAuth => refused("whoever allowed this client, or its profile, ends")
            .hint("use a profile that shows more; nobody can allow a client more than they may do themselves"),
        PrincipalKind::Token | PrincipalKind::Person | PrincipalKind::Operator => {
            refused("your token or profile ends").hint(format!(
                "use a profile that shows more, or ask the operator for a token with more: `toolbay token create NAME \
                 --strongest {wanted}`"
            ))
        }
    }
}
