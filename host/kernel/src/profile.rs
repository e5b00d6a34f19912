//! Profiles: chosen sets of tools, for callers whose context or patience is small.
//!
//! A profile never adds to what a principal may use; it narrows it. A client names one in the address (`/mcp?profile=core`,
//! `/openapi/core.json`), and an operator can tie a token to one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::name::{ProfileName, ToolName};
use crate::principal::{Allowed, Principal};
use crate::tool::Tool;

/// The tools of `core`, the profile for small contexts and for GPT Actions, which take few operations and little time: what a
/// working day is made of, none of it in Notion's JSON, `bulk` for many at once and for all tools that are not here, and jobs
/// for what takes longer than a call may. `fetch` tells of databases too, and who has several connections and names none is
/// told which there are.
const CORE: [&str; 12] = [
    "search",
    "fetch",
    "query",
    "create_page",
    "update_page",
    "edit_page",
    "upsert",
    "bulk",
    "trash",
    "create_comment",
    "job_start",
    "job_get",
];

/// Operations of the document for Actions when its profile leaves room.
pub const CORE_SIZE: usize = CORE.len();

/// A chosen set of tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The tools, the most important first; empty is all of them.
    #[serde(default)]
    pub tools: Vec<ToolName>,
    /// The strongest effect that a tool of it may have.
    #[serde(default = "any_access")]
    pub strongest: Access,
    /// Which other tools its tools may call.
    #[serde(default)]
    pub calls: Calls,
}

/// Which tools the tools of a profile may call for whoever calls them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calls {
    /// Those of the profile: it bounds what can be done.
    #[default]
    Listed,
    /// Whatever the principal may use: the profile is a short list, and no bound.
    Any,
}

impl Default for Profile {
    /// All tools.
    fn default() -> Self {
        Self { tools: Vec::new(), strongest: any_access(), calls: Calls::default() }
    }
}

fn any_access() -> Access {
    Access::Destroys
}

impl Profile {
    /// Whether a document of it describes the tool. A document doesn't narrow who calls by it, so the strongest thing that the
    /// tool does counts, whatever its arguments.
    #[must_use]
    pub fn shows(&self, tool: &Tool) -> bool {
        tool.definition.access <= self.strongest
            && (self.tools.is_empty() || self.tools.contains(tool.name()))
    }
}

/// The profiles of a host, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    by_name: BTreeMap<ProfileName, Profile>,
}

impl Profiles {
    /// The host's own (`full`, `read` and `core`) with those that the operator configured, who may replace them.
    #[must_use]
    pub fn with(configured: impl IntoIterator<Item = (ProfileName, Profile)>) -> Self {
        let own = [
            ("full", Vec::new(), Access::Destroys, Calls::Listed),
            ("read", Vec::new(), Access::Reads, Calls::Listed),
            (
                "core",
                CORE.iter().filter_map(|name| name.parse().ok()).collect(),
                Access::Destroys,
                Calls::Any,
            ),
        ];
        let own = own.into_iter().filter_map(|(name, tools, strongest, calls)| {
            Some((name.parse().ok()?, Profile { tools, strongest, calls }))
        });
        Self { by_name: own.chain(configured).collect() }
    }

    /// The profile of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.by_name.iter().find(|(known, _)| known.as_str() == name).map(|(_, profile)| profile)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ProfileName, &Profile)> {
        self.by_name.iter()
    }
}

impl Default for Profiles {
    fn default() -> Self {
        Self::with([])
    }
}

impl Principal {
    /// The same principal, who sees and names only what the profile shows, and does nothing stronger. What a shown tool calls
    /// for them is held to the profile too, unless that is a short list and no bound.
    #[must_use]
    pub fn within(&self, profile: &Profile) -> Self {
        let listed = if profile.tools.is_empty() {
            Allowed::All
        } else {
            Allowed::Only(profile.tools.iter().cloned().collect())
        };
        let tools = match profile.calls {
            Calls::Listed => self.tools.and(&listed),
            Calls::Any => self.tools.clone(),
        };
        Self {
            tools,
            shown: self.shown.and(&listed),
            strongest: self.strongest.min(profile.strongest),
            may_ask_for: self.may_ask_for.map(|access| access.min(profile.strongest)),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_profiles_are_there_and_can_be_replaced() {
        let own = Profiles::default();
        assert_eq!(own.get("core").unwrap().tools.len(), CORE_SIZE);
        assert_eq!(own.get("read").unwrap().strongest, Access::Reads);
        assert!(own.get("full").unwrap().tools.is_empty());
        assert_eq!(own.get("Core"), None);

        let mine = Profile { tools: vec!["echo".parse().unwrap()], ..Profile::default() };
        let with = Profiles::with([("core".parse().unwrap(), mine.clone())]);
        assert_eq!(with.get("core"), Some(&mine));
    }

    #[test]
    fn a_profile_narrows_and_never_widens() {
        let profile = |tools: &[&str], strongest, calls| Profile {
            tools: tools.iter().map(|name| name.parse().unwrap()).collect(),
            strongest,
            calls,
        };
        let only = |tools: &[&str]| Allowed::Only(tools.iter().map(|name| name.parse().unwrap()).collect());
        let all = Principal::operator();
        let some = Principal { tools: only(&["search", "trash"]), strongest: Access::Reads, ..all.clone() };

        let bound = profile(&["search", "bulk"], Access::Destroys, Calls::Listed);
        assert_eq!(all.within(&bound).tools, only(&["search", "bulk"]));
        assert_eq!(some.within(&bound).tools, only(&["search"]));
        assert_eq!(some.within(&profile(&[], Access::Destroys, Calls::Listed)), some);
        assert_eq!(all.within(&profile(&[], Access::Reads, Calls::Any)).strongest, Access::Reads);

        let short = profile(&["search", "bulk"], Access::Destroys, Calls::Any);
        assert_eq!(all.within(&short).shown, only(&["search", "bulk"]));
        assert_eq!(
            all.within(&short).within(&bound).tools,
            only(&["search", "bulk"]),
            "the stricter one counts"
        );
        let shown = some.within(&short);
        assert!(shown.may_name(&"search".parse().unwrap()));
        assert!(!shown.may_name(&"bulk".parse().unwrap()), "what a token may not use stays so");
        assert!(
            !shown.may_name(&"trash".parse().unwrap()),
            "what a profile leaves out is not called by name"
        );
        assert_eq!(shown.tools, some.tools, "what is called for them is held to what they may use");
    }
}
