//! What a token can do: how many tools of which access, which not, and why.

use serde_json::{Value, json};
use toolbay_kernel::administration::TokenRecord;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Access, Principal, ToolName};

use crate::announcement::PublishedTool;

/// Every access, the weakest first.
const ALL: [Access; 3] = [Access::Reads, Access::Writes, Access::Destroys];

/// The tools of a host, as a token sees them.
pub(super) struct Reach<'a> {
    tools: Vec<(&'a PublishedTool, Standing)>,
    strongest: Access,
}

/// Whether a tool may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    /// It can do more than the token may.
    TooStrong,
    /// It isn't among the token's tools.
    NotNamed,
}

impl Standing {
    fn of(tool: &PublishedTool, strongest: Access, tools: &Allowed<ToolName>) -> Self {
        let is_named = tool.name.parse().is_ok_and(|name| tools.contains(&name));
        match (is_named, tool.least <= strongest) {
            (false, _) => Self::NotNamed,
            (true, false) => Self::TooStrong,
            (true, true) => Self::Open,
        }
    }

    /// Why it can't be used.
    pub(super) fn why(self, tool: &PublishedTool, strongest: Access) -> Option<String> {
        match self {
            Self::Open => None,
            Self::TooStrong => {
                Some(format!("it {}, and the token ends at {}", tool.least.as_str(), strongest.as_str()))
            }
            Self::NotNamed => Some("it is not among the token's tools".to_owned()),
        }
    }
}

impl<'a> Reach<'a> {
    /// A token's.
    pub(super) fn of(token: &TokenRecord, tools: &'a [PublishedTool]) -> Self {
        Self::within(token.strongest, &token.tools, tools)
    }

    /// A principal's.
    pub(super) fn of_principal(principal: &Principal, tools: &'a [PublishedTool]) -> Self {
        Self::within(principal.strongest, &principal.tools.and(&principal.shown), tools)
    }

    fn within(strongest: Access, named: &Allowed<ToolName>, tools: &'a [PublishedTool]) -> Self {
        let tools = tools.iter().map(|tool| (tool, Standing::of(tool, strongest, named))).collect();
        Self { tools, strongest }
    }

    /// Each tool, and why it can't be used.
    pub(super) fn tools(&self) -> impl Iterator<Item = (&'a PublishedTool, Option<String>)> {
        self.tools.iter().map(|(tool, standing)| (*tool, standing.why(tool, self.strongest)))
    }

    /// What a tool may do for the token at most.
    fn access_of(&self, tool: &PublishedTool) -> Access {
        tool.access.min(self.strongest.max(tool.least))
    }

    fn open(&self, access: Access) -> usize {
        let is_of = |tool: &PublishedTool| self.access_of(tool) == access;
        self.tools.iter().filter(|(tool, standing)| *standing == Standing::Open && is_of(tool)).count()
    }

    /// Tools that could do more than the token may.
    fn in_part(&self) -> Vec<&'a str> {
        let tools = self.tools.iter().filter(|(_, standing)| *standing == Standing::Open);
        tools.filter(|(tool, _)| tool.access > self.strongest).map(|(tool, _)| tool.name.as_str()).collect()
    }

    fn names(&self, standing: Standing) -> Vec<&'a str> {
        let tools = self.tools.iter().filter(|(_, own)| *own == standing);
        tools.map(|(tool, _)| tool.name.as_str()).collect()
    }

    /// For programs.
    pub(super) fn shown(&self) -> Value {
        let of_access = |access: Access| (access.as_str().to_owned(), self.open(access).into());
        json!({
            "open": self.names(Standing::Open),
            "by_access": ALL.into_iter().map(of_access).collect::<serde_json::Map<_, _>>(),
            "in_part": self.in_part(),
            "too_strong": self.names(Standing::TooStrong),
            "not_named": self.names(Standing::NotNamed),
        })
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        let open: usize = ALL.into_iter().map(|access| self.open(access)).sum();
        let of_access = ALL.into_iter().filter(|access| self.open(*access) > 0);
        let counts: Vec<String> = of_access
            .map(|access| format!("{} {}", self.open(access), word(access, self.open(access))))
            .collect();
        let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
        let mut lines = vec![format!("it may use {open} of {} tools{counts}", self.tools.len())];
        let in_part = self.in_part();
        if !in_part.is_empty() {
            lines.push(format!(
                "only what {}, of what they can: {}",
                self.strongest.as_str(),
                in_part.join(", ")
            ));
        }
        let too_strong = self.names(Standing::TooStrong);
        if !too_strong.is_empty() {
            let ends = self.strongest.as_str();
            let next = if self.strongest == Access::Reads { "writes or destroys" } else { "destroys" };
            lines.push(format!("not, because it ends at {ends}: {}", too_strong.join(", ")));
            lines.push(format!("  a token with --strongest {next} may use them"));
        }
        let not_named = self.names(Standing::NotNamed);
        if !not_named.is_empty() {
            lines.push(format!("not, because they are not among its tools: {}", not_named.join(", ")));
        }
        lines.join("\n")
    }
}

fn word(access: Access, count: usize) -> &'static str {
    match (access, count) {
        (Access::Reads, 1) => "reads",
        (Access::Reads, _) => "read",
        (Access::Writes, 1) => "writes",
        (Access::Writes, _) => "write",
        (Access::Destroys, 1) => "destroys",
        (Access::Destroys, _) => "destroy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools() -> Vec<PublishedTool> {
        let tool = |name: &str, access, least| PublishedTool {
            name: name.to_owned(),
            title: String::new(),
            access,
            least,
            provider: "p".to_owned(),
        };
        vec![
            tool("search", Access::Reads, Access::Reads),
            tool("upsert", Access::Writes, Access::Writes),
            tool("bulk", Access::Destroys, Access::Writes),
            tool("trash", Access::Destroys, Access::Destroys),
        ]
    }

    #[test]
    fn a_token_is_told_what_it_may_and_why_not_the_rest() {
        let tools = tools();
        let all = Reach::within(Access::Writes, &Allowed::All, &tools);
        assert_eq!(
            all.told(),
            "it may use 3 of 4 tools: 1 reads, 2 write\nonly what writes, of what they can: bulk\nnot, because it ends \
             at writes: trash\n  a token with --strongest destroys may use them"
        );
        let named = Allowed::Only(["search".parse().unwrap()].into());
        let some = Reach::within(Access::Destroys, &named, &tools);
        assert!(some.told().ends_with("not among its tools: upsert, bulk, trash"));
        assert_eq!(some.shown()["by_access"]["reads"], 1);
        let why: Vec<_> = all.tools().filter_map(|(_, why)| why).collect();
        assert_eq!(why, ["it destroys, and the token ends at writes"]);
    }
}
