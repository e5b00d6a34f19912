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
    /// The strongest thing that it may do once its surface has asked somebody; else the same.
    once_asked: Access,
    /// Whether its surface, or that of a call around it, asks somebody before anything but reading.
    pub(crate) asks_first: bool,
    by: Setter,
}

/// What sets a bound, beside a surface that asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setter {
    Tool,
    Caller,
    /// A call around it, by what its tool declares.
    Outer,
}

impl Bound {
    /// Of a call by this principal of a tool that declares this access, within a call with that bound, or from a surface that
    /// asks before anything but reading.
    pub(crate) fn of(declared: Access, principal: &Principal, outer: Option<Self>, asks_first: bool) -> Self {
        let tools = (declared, Setter::Tool);
        let callers = (principal.strongest, Setter::Caller);
        let own = if callers.0 < tools.0 { callers } else { tools };
        let (once_asked, by) = match outer.filter(|outer| outer.once_asked < own.0) {
            Some(Self { once_asked, by: Setter::Caller, .. }) => (once_asked, Setter::Caller),
            Some(Self { once_asked, .. }) => (once_asked, Setter::Outer),
            None => own,
        };
        let unasked = if asks_first { Access::Reads } else { once_asked };
        let most = outer.map_or(unasked, |outer| outer.most.min(unasked));
        let asks_first = asks_first || outer.is_some_and(|outer| outer.asks_first);
        Self { most, once_asked, asks_first, by }
    }

    /// Whether something this strong waits for somebody whom the surface asks.
    pub(crate) fn waits_for_word(self, access: Access) -> bool {
        access > self.most && access <= self.once_asked
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
            _ if self.waits_for_word(access) => Err(asked_first(access, what)),
            Setter::Caller => Err(beyond(access, what, principal)),
            by => {
                let (declared, wanted) = (self.once_asked.as_str(), access.as_str());
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

/// Why something this strong isn't done before somebody was asked.
pub(crate) fn asked_first(access: Access, what: &str) -> Problem {
    let wanted = access.as_str();
    Problem::new(Code::Forbidden, format!("{what} {wanted}, and that is asked first"))
        .hint("whoever is asked can let it be done")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(declared: Access, strongest: Access, outer: Option<Bound>, asks_first: bool) -> Bound {
        Bound::of(declared, &Principal { strongest, ..Principal::operator() }, outer, asks_first)
    }

    #[test]
    fn what_a_surface_asks_about_is_told_from_what_nobody_could_allow() {
        use Access::{Destroys, Reads, Writes};
        let held = of(Destroys, Writes, None, true);
        assert_eq!(held.most, Reads);
        assert!(held.waits_for_word(Writes) && !held.waits_for_word(Reads));
        assert!(!held.waits_for_word(Destroys), "the caller may not, whoever is asked");
        let refused = held.check(Destroys, "`x`", "x", &Principal::operator()).unwrap_err();
        assert!(refused.message.contains("your token or profile"), "{refused}");
        assert!(held.check(Writes, "`x`", "x", &Principal::operator()).is_err());

        // What a call calls is held by the same word, and asks no further.
        let inner = of(Destroys, Destroys, Some(held), false);
        assert_eq!(inner.most, Reads);
        assert!(inner.asks_first);
        assert!(inner.waits_for_word(Writes) && !inner.waits_for_word(Destroys));
        assert_eq!(of(Reads, Destroys, Some(held), false).once_asked, Reads);
        // A surface that doesn't ask changes nothing.
        let plain = of(Writes, Destroys, None, false);
        assert_eq!((plain.most, plain.once_asked), (Writes, Writes));
        assert!(!plain.asks_first);
        assert_eq!(of(Reads, Destroys, None, true).most, Reads);
    }
}
