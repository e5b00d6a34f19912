//! What may not be shown.

use secrecy::SecretString;

/// The secrets, which the environment alone gives.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Encrypts credentials at rest.
    pub token_encryption_key: Option<SecretString>,
    /// What is to follow it, or has.
    pub new_token_encryption_key: Option<SecretString>,
    /// A bearer token for REST and MCP.
    pub action_api_token: Option<SecretString>,
    /// What `/metrics` is read with.
    pub metrics_token: Option<SecretString>,
    /// An internal integration's token.
    pub notion_token: Option<SecretString>,
    /// What the model's server lets the host in by.
    pub openrouter_api_key: Option<SecretString>,
}
