//! What a question stands on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::digest::digest;
use crate::name::ToolName;
use crate::principal::Principal;
use crate::tool::Tool;

/// What has to be the same when a question is answered. The person saw the tool's name, and chose the rest beside their message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// A digest of the tool as it was defined, and of the file that provides it.
    pub tool: String,
    /// One of what the model might call: what the person named, and what their profile leaves of their rights.
    pub reach: String,
}

impl Grounds {
    /// What a question about a tool stands on, in a turn with these tools.
    #[must_use]
    pub fn new(tool: &Tool, principal: &Principal, named: Option<&BTreeSet<ToolName>>) -> Self {
        Self { tool: Self::of_tool(tool), reach: Self::of_reach(principal, named) }
    }

    /// A digest of a tool as it is defined, and of the file that provides it.
    #[must_use]
    pub fn of_tool(tool: &Tool) -> String {
        let file = tool.provider.digest().map(|file| &**file);
        digest(&json!([tool.provider.name(), file, *tool.definition]))
    }

    /// A digest of what a model might call.
    #[must_use]
    pub fn of_reach(principal: &Principal, named: Option<&BTreeSet<ToolName>>) -> String {
        digest(&json!([named, principal.tools, principal.shown, principal.strongest]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Access;

    #[test]
    fn whatever_widens_a_turn_is_another_reach() {
        let own = Principal::operator();
        let less = Principal { strongest: Access::Reads, ..Principal::operator() };
        let named: BTreeSet<ToolName> = BTreeSet::from(["fetch".parse().unwrap()]);
        let reaches = [
            Grounds::of_reach(&own, None),
            Grounds::of_reach(&own, Some(&named)),
            Grounds::of_reach(&less, None),
        ];
        assert_eq!(BTreeSet::from(reaches).len(), 3);
        assert_eq!(Grounds::of_reach(&own, None), Grounds::of_reach(&Principal::operator(), None));
    }
}
