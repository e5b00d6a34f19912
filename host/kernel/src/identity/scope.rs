//! Scopes of OAuth: the names of what a tool may do.

use crate::access::Access;

/// Every scope, the weakest first. A later one is of use only together with the earlier ones, so they are written so.
pub const SCOPES: [&str; 3] = ["reads", "writes", "destroys"];

/// What a client gets asked for on its behalf when it names no scope.
pub const DEFAULT_SCOPE: Access = Access::Writes;

/// The scope that allows an access, such as `reads writes`.
#[must_use]
pub fn scope_of(strongest: Access) -> &'static str {
    match strongest {
        Access::Reads => "reads",
        Access::Writes => "reads writes",
        Access::Destroys => "reads writes destroys",
    }
}

/// The strongest access that a scope names. Names that this host doesn't have, such as `openid`, are left out, as RFC
/// 6749 (3.3) allows: clients send what every server they know has, and the answer says which scope was given. None when
/// no name is left.
#[must_use]
pub fn strongest_of(scope: &str) -> Option<Access> {
    scope.split(' ').filter_map(|name| name.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for access in [Access::Reads, Access::Writes, Access::Destroys] {
            assert_eq!(strongest_of(scope_of(access)), Some(access));
        }
        assert_eq!(strongest_of("openid offline_access writes"), Some(Access::Writes));
        assert_eq!((strongest_of(""), strongest_of("openid email")), (None, None));
        assert_eq!(SCOPES.join(" "), scope_of(Access::Destroys));
    }
}
