//! A token in the words of who asks for it, and the rules by which it becomes one.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::NewToken;
use crate::access::Access;
use crate::id::ConnectionId;
use crate::name::ToolName;
use crate::parts::Parts;
use crate::principal::Allowed;
use crate::problem::{Code, Problem};
use crate::profile::Profile;
use crate::rate::{Rate, Rates};

/// A token that somebody asks for. An empty list is no bound.
#[derive(Debug, Clone)]
pub struct WantedToken {
    pub name: String,
    pub tools: Vec<ToolName>,
    pub connections: Vec<ConnectionId>,
    pub default_connection: Option<ConnectionId>,
    /// In the place of tools: those that this profile has now, and what it bounds.
    pub profile: Option<Profile>,
    pub strongest: Access,
    /// Ids and links of objects: it sees them with everything below, and nothing else.
    pub within: Vec<String>,
    /// How often its bearer may call in all.
    pub rate: Option<Rate>,
    /// How often its bearer may call one tool.
    pub tool_rates: Vec<(ToolName, Rate)>,
    pub expires_at: Option<OffsetDateTime>,
    pub administers: bool,
}

impl WantedToken {
    /// The tools that it names: one that nobody publishes lets its bearer do nothing, without a word.
    pub fn named_tools(&self) -> impl Iterator<Item = &ToolName> {
        self.tools.iter().chain(self.tool_rates.iter().map(|(tool, _)| tool))
    }

    /// The token that comes of it. `part` reads what an id or a link names.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what contradicts itself or names nothing.
    pub fn resolve(self, part: impl Fn(&str) -> Result<String, Problem>) -> Result<NewToken, Problem> {
        let refused = |message: &str| Problem::new(Code::InvalidInput, message);
        if self.default_connection.is_some_and(|id| !is_all_or_has(&self.connections, &id)) {
            return Err(refused("The default connection is none of the token's connections.")
                .hint("Name it among the connections too."));
        }
        let (tools, strongest) = match self.profile {
            Some(_) if !self.tools.is_empty() => {
                return Err(refused("A token has a profile's tools or those that are named, not both.")
                    .hint("Leave one of the two out."));
            }
            Some(profile) => (profile.tools, self.strongest.min(profile.strongest)),
            None => (self.tools, self.strongest),
        };
        let parts = if self.within.is_empty() {
            Parts::everything()
        } else {
            Parts::below(self.within.iter().map(|text| part(text)).collect::<Result<Vec<_>, _>>()?)
        };
        let mut of_tools = BTreeMap::new();
        for (tool, rate) in self.tool_rates {
            if of_tools.insert(tool.clone(), rate).is_some() {
                return Err(refused(&format!("Two rates are given for `{tool}`.")).hint("Give one."));
            }
        }
        Ok(NewToken {
            name: self.name,
            tools: all_or(tools),
            connections: all_or(self.connections),
            default_connection: self.default_connection,
            strongest,
            parts,
            rates: Rates { calls: self.rate, tools: of_tools, counted_as: None },
            expires_at: self.expires_at,
            administers: self.administers,
        })
    }
}

fn is_all_or_has<T: PartialEq>(items: &[T], item: &T) -> bool {
    items.is_empty() || items.contains(item)
}

fn all_or<T: Ord>(items: Vec<T>) -> Allowed<T> {
    if items.is_empty() { Allowed::All } else { Allowed::Only(items.into_iter().collect::<BTreeSet<T>>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> WantedToken {
        WantedToken {
            name: "reports".to_owned(),
            tools: Vec::new(),
            connections: Vec::new(),
            default_connection: None,
            profile: None,
            strongest: Access::Writes,
            within: Vec::new(),
            rate: None,
            tool_rates: Vec::new(),
            expires_at: None,
            administers: false,
        }
    }

    fn resolved(wanted: WantedToken) -> Result<NewToken, Problem> {
        wanted.resolve(|text| match text {
            "page" => Ok("p1".to_owned()),
            _ => Err(Problem::new(Code::InvalidInput, "it names nothing")),
        })
    }

    #[test]
    fn what_is_not_named_is_not_bounded_and_what_contradicts_itself_is_refused() {
        let new = resolved(wanted()).unwrap();
        assert_eq!((new.tools, new.connections), (Allowed::All, Allowed::All));
        assert!(new.parts.is_everything() && !new.administers);
        let new = resolved(WantedToken { within: vec!["page".to_owned()], ..wanted() }).unwrap();
        assert_eq!(new.parts, Parts::below(["p1".to_owned()]));
        assert!(resolved(WantedToken { within: vec!["nowhere".to_owned()], ..wanted() }).is_err());
        let (one, other) = (ConnectionId::new(), ConnectionId::new());
        let default = |id| WantedToken { connections: vec![one], default_connection: Some(id), ..wanted() };
        assert!(resolved(default(one)).is_ok());
        assert!(resolved(default(other)).is_err());
        let (tool, rate): (ToolName, Rate) = ("trash".parse().unwrap(), "10/minute".parse().unwrap());
        let twice = vec![(tool.clone(), rate), (tool, rate)];
        assert!(resolved(WantedToken { tool_rates: twice, ..wanted() }).is_err());
    }
}
