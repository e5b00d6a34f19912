//! The integration that OAuth serves.

/// A public integration, as its owner registered it with Notion.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuthApp {
    /// Its public name in requests.
    pub client_id: String,
    /// What proves that a request is the integration's own.
    pub client_secret: String,
    /// Where people may be sent back to, exactly. With none, any `http` address of this machine will do: a test host
    /// doesn't know its port before it starts.
    pub redirect_uris: Vec<String>,
}

impl Default for OAuthApp {
    fn default() -> OAuthApp {
        OAuthApp {
            client_id: "emulator-client".to_owned(),
            client_secret: "secret_emulator_client".to_owned(),
            redirect_uris: Vec::new(),
        }
    }
}
