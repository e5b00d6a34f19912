//! What a server was given, it may say again: no message of it gets any further before the operator's secrets, and the account's, are
//! taken out of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::{NoSecret, Redaction, Secret, aside};

use crate::paced::Bearer;
use crate::settings::{HttpSettings, TransportSettings};

/// Shortest value that is looked for, in bytes: a shorter one is found in words that have nothing to do with it.
const MIN_SECRET: usize = 8;

/// Parts of names whose values are secrets also where they stand in the operator's file as they are.
const NAMES: [&str; 8] = ["auth", "cookie", "credential", "key", "pass", "secret", "session", "token"];

/// A transport whose messages have no secrets in them.
pub(crate) struct Redacted<T> {
    inner: T,
    /// What the operator has given the server.
    given: Arc<Redaction>,
    /// What its account is opened with.
    bearer: Bearer,
}

impl<T> Redacted<T> {
    pub(crate) fn new(inner: T, given: Arc<Redaction>, bearer: Bearer) -> Self {
        Self { inner, given, bearer }
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Redacted<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        let message = self.inner.receive().await?;
        let redactions = [Arc::clone(&self.given), self.bearer.redaction()];
        if redactions.iter().all(|redaction| redaction.is_empty()) {
            return Some(message);
        }
        let mut text = serde_json::to_vec(&message).ok()?;
        let searching = aside::run(text.len(), move || {
            let mut has_found = false;
            for redaction in redactions {
                has_found |= redaction.redact(&mut text);
            }
            has_found.then_some(text)
        });
        match searching.await.ok()? {
            None => Some(message),
            Some(text) => match serde_json::from_slice(&text) {
                Ok(message) => Some(message),
                // Without the secret it is no message any more, and with it nobody may read it: the conversation is over.
                Err(_) => {
                    tracing::warn!("upstream.message_not_redacted");
                    None
                }
            },
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}

impl TransportSettings {
    /// What looks for the secrets that the server is given.
    ///
    /// # Errors
    ///
    /// When one can't be read.
    pub(crate) fn redaction(&self) -> Result<Redaction, NoSecret> {
        let secrets = match self {
            Self::Stdio(stdio) => of_named(&stdio.environment)?,
            Self::Http(http) | Self::Sse(http) => http.secrets()?,
        };
        Ok(Redaction::of(secrets))
    }
}

impl HttpSettings {
    /// The values of its headers and of its address that are secrets.
    pub(crate) fn secrets(&self) -> Result<Vec<SecretString>, NoSecret> {
        let mut secrets = of_named(&self.headers)?;
        let query = self.url.query_pairs().filter(|(name, _)| is_secret(name));
        let values = query.map(|(_, value)| value.into_owned()).chain(self.url.password().map(str::to_owned));
        secrets.extend(values.filter(|value| value.len() >= MIN_SECRET).map(SecretString::from));
        Ok(secrets)
    }
}

/// The secrets among values with names: those that are kept elsewhere, and those whose names say so.
fn of_named<'a>(
    values: impl IntoIterator<Item = (&'a String, &'a Secret)>,
) -> Result<Vec<SecretString>, NoSecret> {
    let mut secrets = Vec::new();
    for (name, value) in values {
        if !matches!(value, Secret::Text(_)) || is_secret(name) {
            let value = value.read()?;
            secrets.extend(parts(value.expose_secret()).into_iter().filter(|part| part.len() >= MIN_SECRET));
        }
    }
    Ok(secrets.into_iter().map(SecretString::from).collect())
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

/// A value, and what it is made of: `Bearer TOKEN` has a token in it, and `Basic` a password.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![value.to_owned()];
    if let Some((scheme, rest)) = value.split_once(' ') {
        parts.extend(rest.split_ascii_whitespace().map(str::to_owned));
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(decoded) = STANDARD.decode(rest.trim())
            && let Some((_, password)) = String::from_utf8_lossy(&decoded).split_once(':')
        {
            parts.push(password.to_owned());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn found(values: &[(&str, Secret)]) -> Vec<String> {
        let values: BTreeMap<_, _> =
            values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let secrets = of_named(&values).unwrap();
        secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    fn text(value: &str) -> Secret {
        Secret::Text(value.to_owned().into())
    }

    #[test]
    fn what_is_a_secret_is_told_by_its_name_or_by_where_it_is_kept() {
        assert_eq!(
            found(&[("Authorization", text("Bearer canary-0123"))]),
            ["Bearer canary-0123", "canary-0123"]
        );
        let password = format!("Basic {}", STANDARD.encode("ada:canary-0123"));
        assert!(found(&[("authorization", text(&password))]).contains(&"canary-0123".to_owned()));
        assert_eq!(found(&[("X-Api-Key", text("canary-0123"))]), ["canary-0123"]);
        assert!(found(&[("Notion-Version", text("2026-03-11"))]).is_empty(), "an ordinary header");
        assert!(found(&[("X-Token", text("short"))]).is_empty(), "it would be found everywhere");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("value");
        std::fs::write(&file, "canary-0123\n").unwrap();
        assert_eq!(found(&[("X-Tenant", Secret::File(file))]), ["canary-0123"]);
    }
}
