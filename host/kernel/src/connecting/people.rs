//! Who may sign in by Notion.

use std::collections::BTreeSet;

use super::port::Owner;

/// Who may sign in by Notion. Anybody with an account there can agree to a public integration, so that somebody agreed says
/// nothing about who they are to the operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum People {
    #[default]
    Nobody,
    Anybody,
    /// Accounts, and members of workspaces, by Notion's ids without dashes.
    These(BTreeSet<String>),
}

impl People {
    /// People by what an operator writes: `anybody`, or ids of workspaces and users.
    #[must_use]
    pub fn named(names: &[String]) -> Self {
        if names.iter().any(|name| name == "anybody") {
            return Self::Anybody;
        }
        let ids: BTreeSet<String> = names.iter().map(|name| plain(name)).collect();
        if ids.is_empty() { Self::Nobody } else { Self::These(ids) }
    }

    /// Whether somebody is among them, who agreed in a workspace.
    #[must_use]
    pub fn includes(&self, owner: &Owner, workspace: Option<&str>) -> bool {
        match self {
            Self::Nobody => false,
            Self::Anybody => true,
            Self::These(ids) => {
                ids.contains(&plain(&owner.id)) || workspace.is_some_and(|id| ids.contains(&plain(id)))
            }
        }
    }
}

fn plain(id: &str) -> String {
    id.chars().filter(|character| *character != '-').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_let_in_by_account_or_workspace() {
        let ada = Owner { id: "0a1b-2c3d".to_owned(), name: "Ada".to_owned() };
        let people =
            |names: &[&str]| People::named(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert!(!people(&[]).includes(&ada, Some("ws")));
        assert!(people(&["anybody"]).includes(&ada, None));
        assert!(people(&["0A1B2C3D"]).includes(&ada, None));
        assert!(people(&["w-s"]).includes(&ada, Some("ws")));
        assert!(!people(&["other"]).includes(&ada, Some("ws")) && !people(&["other"]).includes(&ada, None));
    }
}
