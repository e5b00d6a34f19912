//! What `toolbay.toml` says of the public integration.

use serde::Deserialize;

use super::origin::Origin;

/// `[oauth]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthLayer {
    /// Origins beside the public one that people may be sent to when they have connected a workspace.
    #[serde(default)]
    pub return_origins: Vec<Origin>,
    /// Who may sign in by Notion: `anybody`, or Notion's ids of workspaces and users. Nobody by default.
    #[serde(default)]
    pub people: Vec<String>,
    /// Whether they may use what is the operator's as well: MCP servers behind the host, databases, hosts of the web.
    #[serde(default)]
    pub shared: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_origins() {
        let layer: OAuthLayer = toml::from_str("return_origins = [\"https://app.example.com\"]").unwrap();
        assert_eq!(layer.return_origins.len(), 1);
        for bad in ["https://app.example.com/path", "app.example.com", "javascript:1"] {
            let text = format!("return_origins = [\"{bad}\"]");
            assert!(
                toml::from_str::<OAuthLayer>(&text).unwrap_err().to_string().contains("is not an origin")
            );
        }
        assert!(toml::from_str::<OAuthLayer>("returns = []").is_err());
    }
}
