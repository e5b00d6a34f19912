//! What one provider asks for and was granted.

use std::collections::{BTreeMap, BTreeSet};

use super::name::CapabilityName;
use super::scope::Scope;
use crate::problem::{Code, Problem};

/// What a provider asks for in its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeMap<CapabilityName, Scope>);

impl Capabilities {
    /// Asks for a capability.
    pub fn ask(&mut self, name: CapabilityName, scope: Scope) {
        self.0.insert(name, scope);
    }

    /// The names of what is asked for.
    #[must_use]
    pub fn names(&self) -> BTreeSet<CapabilityName> {
        self.0.keys().copied().collect()
    }

    /// How much of a capability is asked for; none when it isn't asked for at all.
    #[must_use]
    pub fn scope(&self, name: CapabilityName) -> Option<&Scope> {
        self.0.get(&name)
    }

    fn covers(&self, name: CapabilityName, subject: &str) -> bool {
        self.0.get(&name).is_some_and(|scope| scope.covers(subject))
    }
}

impl FromIterator<(CapabilityName, Scope)> for Capabilities {
    fn from_iter<I: IntoIterator<Item = (CapabilityName, Scope)>>(asked: I) -> Self {
        Self(asked.into_iter().collect())
    }
}

/// What a provider asks for and what of it the operator granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The provider's name, for the words that would grant more.
    pub provider: String,
    /// What its manifest asks for.
    pub asked: Capabilities,
    pub granted: BTreeSet<CapabilityName>,
}

impl Permissions {
    /// Whether a route may be used, such as `GET /v1/pages/{page_id}`.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check(&self, name: CapabilityName, route: &str) -> Result<(), Problem> {
        self.check_asked(name, route, || format!("{name} for {route}"))
    }

    /// Whether another tool may be called.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check_tool(&self, tool: &str) -> Result<(), Problem> {
        self.check_asked(CapabilityName::TOOLS_CALL, tool, || format!("tools.call for `{tool}`"))
    }

    /// Whether durable values may be kept.
    ///
    /// # Errors
    ///
    /// `forbidden`, with what would allow it.
    pub fn check_state(&self) -> Result<(), Problem> {
        self.check_asked(CapabilityName::STATE, "", || "state".to_owned())
    }

    /// What is asked for and not granted.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<CapabilityName> {
        self.asked.names().difference(&self.granted).copied().collect()
    }

    fn check_asked(
        &self,
        name: CapabilityName,
        subject: &str,
        what: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        let provider = &self.provider;
        if !self.asked.covers(name, subject) {
            let message = format!("plugin `{provider}` doesn't ask for {}", what());
            return Err(Problem::new(Code::Forbidden, message)
                .hint("its author must add it to [capabilities] in plugin.toml"));
        }
        if self.granted.contains(&name) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, format!("plugin `{provider}` has not been granted {name}"))
            .hint(format!("an operator can grant it: toolbay plugin grant {provider} {name}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const READ: CapabilityName = CapabilityName::new(0, "notion.read");
    const WRITE: CapabilityName = CapabilityName::new(1, "notion.write");

    #[test]
    fn asking_and_granting_are_both_needed() {
        let pages = "POST /v1/pages";
        let mut permissions = Permissions { provider: "notes".into(), ..Permissions::default() };
        let refusal = permissions.check(WRITE, pages).unwrap_err();
        assert!(refusal.message.contains("doesn't ask for notion.write for POST /v1/pages"));
        permissions.asked.ask(WRITE, Scope::All);
        let refusal = permissions.check(WRITE, pages).unwrap_err();
        assert_eq!(
            refusal.hint.as_deref(),
            Some("an operator can grant it: toolbay plugin grant notes notion.write")
        );
        permissions.granted.insert(WRITE);
        assert!(permissions.check(WRITE, pages).is_ok());
        assert!(permissions.check_state().is_err());
        assert!(permissions.check_tool("search").is_err());
    }

    #[test]
    fn a_narrowed_capability_covers_its_routes_alone() {
        let routes = Scope::of_routes(&json!(["GET /v1/pages/{id}"]), "/v1/", "").unwrap().unwrap();
        let permissions = Permissions {
            provider: "notes".into(),
            asked: [(READ, routes)].into_iter().collect(),
            granted: [READ].into(),
        };
        let check = |path: &str| permissions.check(READ, &format!("GET {path}"));
        assert!(check("/v1/pages/{page_id}").is_ok());
        for other in ["/v1/pages", "/v1/pages/{page_id}/markdown", "/v1/blocks/{block_id}"] {
            assert!(check(other).is_err(), "{other}");
        }
    }
}
