//! Plugins that reach nothing here: what they are for isn't configured.

use std::collections::BTreeSet;

use toolbay_kernel::{Capabilities, CapabilityName};

/// Capabilities that lead nowhere on this host. A plugin that would reach nothing but what they lead to is idle: its tools aren't published,
/// since none could work and a model would read them all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    pub capabilities: BTreeSet<CapabilityName>,
    /// Why they lead nowhere.
    pub reason: String,
    /// What would make them lead somewhere.
    pub fix: String,
}

impl Unreachable {
    /// Whether this is all that a plugin asks for of the outside.
    pub(super) fn is_all_of(&self, asked: &Capabilities) -> bool {
        let mut outside = asked.names();
        outside.retain(|name| name.reaches_outside());
        !outside.is_empty() && outside.is_subset(&self.capabilities)
    }
}

#[cfg(test)]
mod tests {
    use toolbay_kernel::capability::Scope;

    use super::*;

    #[test]
    fn a_plugin_that_reaches_anything_else_is_not_idle() {
        const READ: CapabilityName = CapabilityName::new(10, "sql.read").without_connection();
        const WRITE: CapabilityName = CapabilityName::new(11, "sql.write").without_connection();
        const NOTION: CapabilityName = CapabilityName::new(0, "notion.read");
        let unreachable =
            Unreachable { capabilities: [READ, WRITE].into(), reason: String::new(), fix: String::new() };
        let is_idle = |asked: &[CapabilityName]| {
            unreachable.is_all_of(&asked.iter().map(|name| (*name, Scope::All)).collect())
        };
        assert!(is_idle(&[READ]) && is_idle(&[READ, WRITE, CapabilityName::STATE]));
        assert!(!is_idle(&[]) && !is_idle(&[CapabilityName::STATE]) && !is_idle(&[READ, NOTION]));
        assert!(!is_idle(&[READ, CapabilityName::TOOLS_CALL]));
    }
}
