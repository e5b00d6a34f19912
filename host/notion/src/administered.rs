//! Notion, as far as administration asks it.

use async_trait::async_trait;
use secrecy::SecretString;
use toolbay_kernel::Problem;
use toolbay_kernel::administration::{Workspace, Workspaces};

use crate::narrowing::part;
use crate::notion::Notion;

#[async_trait]
impl Workspaces for Notion {
    fn part(&self, text: &str) -> Result<String, Problem> {
        part(text)
    }

    async fn workspace(&self, credential: &SecretString) -> Result<Workspace, Problem> {
        // Of an internal integration's workspace Notion tells the name alone.
        Ok(Workspace { id: None, name: Self::workspace(self, credential).await?.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_a_link_name_a_part() {
        let id = "59833787-2cf9-4fdf-8782-e53db20768a5";
        let link = format!(
            "https://www.notion.so/acme/Plan-{}?v=0123456789ab4def8123456789abcdef",
            id.replace('-', "")
        );
        assert_eq!(part(id).unwrap(), id);
        assert_eq!(part(&link).unwrap(), id);
        assert!(part("a page").is_err());
    }
}
