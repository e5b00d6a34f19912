//! The public integration of Notion that people connect their workspaces with.

use secrecy::SecretString;
use url::Url;

use super::environment::Environment;
use super::error::ConfigurationError;
use super::words;

const CLIENT_ID: &str = "NOTION_OAUTH_CLIENT_ID";
const CLIENT_SECRET: &str = "NOTION_OAUTH_CLIENT_SECRET";
const REDIRECT_URI: &str = "NOTION_OAUTH_REDIRECT_URI";

/// The path that Notion sends people back to.
const CALLBACK: &str = "/oauth/callback";

/// The integration, as its owner registered it with Notion.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// Its id, which anybody may know.
    pub client_id: String,
    pub client_secret: SecretString,
    /// Where Notion sends people back to.
    pub redirect_uri: Url,
}

/// An integration that can't work.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// A part is missing.
    #[error("{set} is set and {missing} is not: both are on the integration's page in Notion")]
    Half {
        /// What is there.
        set: &'static str,
        /// What isn't.
        missing: &'static str,
    },
    /// Notion would send people, and what lets them in, somewhere else.
    #[error(
        "{REDIRECT_URI} must be an address at {public}, the origin in TOOLBAY_PUBLIC_URL, such as {public}{path}",
        public = .0.origin().ascii_serialization(),
        path = CALLBACK
    )]
    Elsewhere(Url),
}

impl OAuth {
    /// What the environment says; none when it says nothing.
    pub(super) fn of(environment: &Environment, public: &Url) -> Result<Option<Self>, ConfigurationError> {
        let id = environment.get(CLIENT_ID).map(str::to_owned);
        let secret = environment.secret_text(CLIENT_SECRET)?.map(SecretString::from);
        let redirect_uri: Option<Url> = environment.parsed_by(REDIRECT_URI, words::url)?;
        let half = |set, missing| Err(OAuthError::Half { set, missing }.into());
        let (client_id, client_secret) = match (id, secret) {
            (Some(id), Some(secret)) => (id, secret),
            (Some(_), None) => return half(CLIENT_ID, CLIENT_SECRET),
            (None, Some(_)) => return half(CLIENT_SECRET, CLIENT_ID),
            (None, None) if redirect_uri.is_some() => return half(REDIRECT_URI, CLIENT_ID),
            (None, None) => return Ok(None),
        };
        let redirect_uri = match redirect_uri {
            // The browser's cookie goes to that origin alone.
            Some(uri) if uri.origin() == public.origin() && uri.fragment().is_none() => uri,
            Some(_) => return Err(OAuthError::Elsewhere(public.clone()).into()),
            None => {
                let mut uri = public.clone();
                uri.set_path(CALLBACK);
                uri
            }
        };
        Ok(Some(Self { client_id, client_secret, redirect_uri }))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const ID: (&str, &str) = (CLIENT_ID, "the-id");
    const SECRET: (&str, &str) = (CLIENT_SECRET, "canary-secret");

    fn read(variables: &[(&str, &str)]) -> Result<Option<OAuth>, ConfigurationError> {
        OAuth::of(&Environment::of(variables), &"https://tools.example.com".parse().unwrap())
    }

    #[test]
    fn the_three_variables_belong_together() {
        assert!(read(&[]).unwrap().is_none());
        let oauth = read(&[ID, SECRET]).unwrap().unwrap();
        assert_eq!(oauth.redirect_uri.as_str(), "https://tools.example.com/oauth/callback");
        assert_eq!(oauth.client_secret.expose_secret(), "canary-secret");
        assert!(!format!("{oauth:?}").contains("canary"));
        let other = (REDIRECT_URI, "https://tools.example.com/notion/back");
        assert_eq!(read(&[ID, SECRET, other]).unwrap().unwrap().redirect_uri.path(), "/notion/back");
        for (half, missing) in [(&[ID][..], CLIENT_SECRET), (&[SECRET], CLIENT_ID), (&[other], CLIENT_ID)] {
            let error = read(half).unwrap_err().to_string();
            assert!(error.contains(&format!("{missing} is not")) && !error.contains("canary"), "{error}");
        }
        for elsewhere in ["https://evil.example/oauth/callback", "http://tools.example.com/oauth/callback"] {
            let error = read(&[ID, SECRET, (REDIRECT_URI, elsewhere)]).unwrap_err().to_string();
            assert!(error.contains("such as https://tools.example.com/oauth/callback"), "{error}");
        }
    }
}
