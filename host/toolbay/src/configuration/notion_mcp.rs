//! Notion's hosted MCP server, as its variables name it: the upstream `notion`.

use std::collections::BTreeMap;
use std::time::Duration;

use toolbay_kernel::connecting::LIFETIME;
use toolbay_kernel::upstream::UpstreamName;
use url::Url;

use super::environment::{Environment, EnvironmentError};
use super::error::ConfigurationError;
use super::upstream_layer::{Accounts, AccountsLayer, AuthMethod, UpstreamLayer};
use super::words;
use super::written::Written;

const CLIENT_ID: &str = "NOTION_MCP_CLIENT_ID";
const CLIENT_SECRET: &str = "NOTION_MCP_CLIENT_SECRET";
const REDIRECT_URI: &str = "NOTION_MCP_OAUTH_REDIRECT_URI";
const RETURN_BASE_URL: &str = "NOTION_MCP_RETURN_BASE_URL";
const TOKEN_AUTH_METHOD: &str = "NOTION_MCP_TOKEN_AUTH_METHOD";
const TOKEN_SCOPE: &str = "NOTION_MCP_TOKEN_SCOPE";
const STATE_TTL_SECONDS: &str = "NOTION_MCP_STATE_TTL_SECONDS";
const SERVER_URL: &str = "NOTION_MCP_URL";

/// The upstream's name.
const NAME: &str = "notion";

/// Where it is (developers.notion.com/guides/mcp).
const DEFAULT_URL: &str = "https://mcp.notion.com/mcp";

/// Where its front end takes people back, below the address in `NOTION_MCP_RETURN_BASE_URL`.
const RETURN_PATH: &str = "/integrations/notion/callback";

/// What its variables say beside the upstream's settings.
#[derive(Debug, Default)]
pub(super) struct NotionMcp {
    /// Where people go when they have connected an account.
    pub(super) returns: Option<Url>,
    /// How long they have to agree.
    pub(super) lifetime: Option<Duration>,
}

impl NotionMcp {
    /// Reads the variables, and puts what they say into the settings of the upstream: a variable wins over the file.
    pub(super) fn read(
        environment: &Environment,
        layers: &mut BTreeMap<UpstreamName, UpstreamLayer>,
    ) -> Result<Self, ConfigurationError> {
        let given = AccountsLayer {
            issuer: None,
            client_id: environment.get(CLIENT_ID).map(str::to_owned),
            client_secret: environment.secret_text(CLIENT_SECRET)?.map(Written::Text),
            redirect_uri: environment.parsed_by(REDIRECT_URI, words::url)?,
            scope: environment.get(TOKEN_SCOPE).map(str::to_owned),
            token_auth_method: environment.parsed::<AuthMethod>(TOKEN_AUTH_METHOD)?,
        };
        let url: Option<Url> = environment.parsed_by(SERVER_URL, words::url)?;
        let returns: Option<Url> = environment.parsed_by(RETURN_BASE_URL, words::url)?;
        let lifetime = match environment.parsed::<u64>(STATE_TTL_SECONDS)? {
            Some(seconds) if (60..=LIFETIME.as_secs()).contains(&seconds) => {
                Some(Duration::from_secs(seconds))
            }
            None => None,
            Some(_) => {
                let reason = format!("it must be from 60 to {}", LIFETIME.as_secs());
                return Err(EnvironmentError::Value { name: STATE_TTL_SECONDS, reason }.into());
            }
        };
        let is_named = given != AccountsLayer::default() || url.is_some();
        let Ok(name) = NAME.parse::<UpstreamName>() else { return Ok(Self::default()) };
        if is_named {
            let layer = layers.entry(name).or_default();
            layer.url = url.or(layer.url.take()).or_else(|| DEFAULT_URL.parse().ok());
            let written = match std::mem::take(&mut layer.oauth) {
                Accounts::By(written) => *written,
                Accounts::Are(_) => AccountsLayer::default(),
            };
            layer.oauth = Accounts::By(Box::new(AccountsLayer {
                // Of one place, since an id of one client fits no secret of another.
                client_secret: if given.client_id.is_some() {
                    given.client_secret
                } else {
                    given.client_secret.or(written.client_secret)
                },
                client_id: given.client_id.or(written.client_id),
                issuer: written.issuer,
                redirect_uri: given.redirect_uri.or(written.redirect_uri),
                scope: given.scope.or(written.scope),
                token_auth_method: given.token_auth_method.or(written.token_auth_method),
            }));
        }
        let returns = returns.map(|mut url| {
            let path = format!("{}{RETURN_PATH}", url.path().trim_end_matches('/'));
            url.set_path(&path);
            url
        });
        Ok(Self { returns, lifetime })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_make_an_upstream_and_win_over_the_file() {
        let read = |variables: &[(&str, &str)], layers: &mut BTreeMap<_, _>| {
            NotionMcp::read(&Environment::of(variables), layers).map_err(|error| error.to_string())
        };
        let mut layers = BTreeMap::new();
        assert!(read(&[], &mut layers).unwrap().returns.is_none() && layers.is_empty());
        let variables = [
            (CLIENT_ID, "the-id"),
            (CLIENT_SECRET, "canary-secret"),
            (RETURN_BASE_URL, "https://app.example.com/x"),
            (STATE_TTL_SECONDS, "300"),
        ];
        let said = read(&variables, &mut layers).unwrap();
        assert_eq!(said.returns.unwrap().as_str(), "https://app.example.com/x/integrations/notion/callback");
        assert_eq!(said.lifetime, Some(Duration::from_secs(300)));
        let layer = &layers[&NAME.parse::<UpstreamName>().unwrap()];
        assert_eq!(layer.url.as_ref().unwrap().as_str(), DEFAULT_URL);
        assert!(matches!(&layer.oauth, Accounts::By(by) if by.client_id.as_deref() == Some("the-id")));

        let file =
            "[notion]\nurl = \"https://other.example/mcp\"\noauth = { client_id = \"a\", scope = \"b\" }";
        let mut layers = toml::from_str(file).unwrap();
        read(&[(CLIENT_ID, "c")], &mut layers).unwrap();
        let layer = &layers[&NAME.parse::<UpstreamName>().unwrap()];
        assert_eq!(layer.url.as_ref().unwrap().as_str(), "https://other.example/mcp");
        let Accounts::By(by) = &layer.oauth else { panic!() };
        assert_eq!((by.client_id.as_deref(), by.scope.as_deref()), (Some("c"), Some("b")));
        for (name, value) in [(STATE_TTL_SECONDS, "5"), (TOKEN_AUTH_METHOD, "magic"), (REDIRECT_URI, "x")] {
            assert!(read(&[(name, value)], &mut BTreeMap::new()).unwrap_err().contains(name));
        }
    }
}
