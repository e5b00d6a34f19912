//! Takes the operator's secrets, and an account's credential, out of each message of a server before anything else reads it: what a server
//! was given, it may say again.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use toolbay_kernel::{NoSecret, Redaction, Secret, aside};

use crate::paced::Bearer;
use crate::settings::{HttpSettings, TransportSettings};

/// Shortest value that is looked for, in bytes: a shorter one is found in words that have nothing to do with it.
const MIN_SECRET: usize = 8;

/// Parts of names whose values are secrets: of a header, a variable or a file.
const NAMES: [&str; 8] = ["auth", "cookie", "credential", "key", "pass", "secret", "session", "token"];

/// A transport whose messages have no secrets in them.
pub(crate) struct Redacted<T> {
    inner: T,
    /// What the operator has given the server.
    given: Arc<Redaction>,
    /// What its account is opened with.
    bearer: Bearer,
    /// The search of a message that has come. Whoever waits for it may turn to something else and come again: it must not be lost.
    searching: Option<Searching>,
}

type Message = RxJsonRpcMessage<RoleClient>;

type Searching = BoxFuture<'static, Option<Message>>;

impl<T> Redacted<T> {
    pub(crate) fn new(inner: T, given: Arc<Redaction>, bearer: Bearer) -> Self {
        Self { inner, given, bearer, searching: None }
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

    async fn receive(&mut self) -> Option<Message> {
        let searching = match &mut self.searching {
            Some(searching) => searching,
            None => {
                let message = self.inner.receive().await?;
                let redactions = [Arc::clone(&self.given), self.bearer.redaction()];
                if redactions.iter().all(|redaction| redaction.is_empty()) {
                    return Some(message);
                }
                self.searching.insert(search(message, redactions).boxed())
            }
        };
        let found = searching.as_mut().await;
        self.searching = None;
        found
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}

/// The message without what these look for; none when nothing is left that could be read.
///
/// Its texts are looked through as they are meant: in its JSON they have one more level of escapes, and a number is no text.
async fn search(message: Message, redactions: [Arc<Redaction>; 2]) -> Option<Message> {
    let mut value = serde_json::to_value(&message).ok()?;
    let searching = aside::run(aside::bytes(&value), move || {
        let mut has_found = false;
        redact(&mut value, &mut |text| {
            let mut bytes = std::mem::take(text).into_bytes();
            for redaction in &redactions {
                has_found |= redaction.redact(&mut bytes);
            }
            // Cut between characters, since a secret is text.
            *text = String::from_utf8_lossy(&bytes).into_owned();
        });
        has_found.then_some(value)
    });
    let Some(value) = searching.await.ok()? else { return Some(message) };
    let without = serde_json::from_value(value);
    if without.is_err() {
        // Without the secret it is no message any more, and with it nobody may read it: the conversation is over.
        tracing::warn!("upstream.message_not_redacted");
    }
    without.ok()
}

/// Has each text of a value changed, the names of members too.
fn redact(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, change)),
        Value::Object(members) => {
            for (mut name, mut member) in std::mem::take(members) {
                change(&mut name);
                redact(&mut member, change);
                members.insert(name, member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
        let password =
            self.url.password().map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
        let values = query.map(|(_, value)| value.into_owned()).chain(password);
        secrets.extend(values.filter(|value| value.len() >= MIN_SECRET).map(SecretString::from));
        Ok(secrets)
    }
}

/// The secrets among values with names: those whose names say so, their own or those of where they are kept.
fn of_named<'a>(
    values: impl IntoIterator<Item = (&'a String, &'a Secret)>,
) -> Result<Vec<SecretString>, NoSecret> {
    let mut secrets = Vec::new();
    for (name, value) in values {
        let kept_in = match value {
            Secret::Text(_) => String::new(),
            Secret::Variable(variable) => variable.clone(),
            Secret::File(path) => path.display().to_string(),
        };
        if is_secret(name) || is_secret(&kept_in) {
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

/// A value, and what it is made of: `Bearer TOKEN` has a token in it, and `Basic` a password. Words of a text are none.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![value.to_owned()];
    if let Some((scheme, credential)) = value.split_once(' ')
        && !credential.contains(' ')
    {
        parts.push(credential.to_owned());
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(decoded) = STANDARD.decode(credential)
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

    /// Messages that come as soon as they are asked for.
    struct Coming(Vec<Message>);

    impl Transport<RoleClient> for Coming {
        type Error = std::io::Error;

        fn send(
            &mut self,
            _: TxJsonRpcMessage<RoleClient>,
        ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
            std::future::ready(Ok(()))
        }

        async fn receive(&mut self) -> Option<Message> {
            self.0.pop()
        }

        async fn close(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_long_message_is_not_lost_when_whoever_waits_turns_to_something_else() {
        let text = format!("{}canary-0123", "x".repeat(2 * aside::LARGE));
        let message = serde_json::json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}]}});
        let coming = Coming(vec![serde_json::from_value(message).unwrap()]);
        let given = Arc::new(Redaction::of(["canary-0123".to_owned().into()]));
        let mut transport = Redacted::new(coming, given, Bearer::default());
        assert!(transport.receive().now_or_never().is_none(), "it is searched on another thread");
        let message = serde_json::to_string(&transport.receive().await.unwrap()).unwrap();
        assert!(message.contains("x[redacted]") && !message.contains("canary"));
        assert!(transport.receive().await.is_none());
    }

    #[tokio::test]
    async fn texts_are_searched_as_they_are_meant_and_numbers_stay() {
        let inner = serde_json::json!({"key": "a+b/2026031\u{e4}"}).to_string();
        let inner = inner.replace('+', "\\u002B").replace('/', "\\/").replace('\u{e4}', "\\u00e4");
        let message = serde_json::json!({"jsonrpc": "2.0", "id": 20_260_311, "result": {
            "content": [{"type": "text", "text": inner}],
            "structuredContent": {"number": 20_260_311, "20260311": "20260311"},
        }});
        let coming = Coming(vec![serde_json::from_value(message).unwrap()]);
        let secrets = ["a+b/2026031\u{e4}", "20260311"].map(|secret| secret.to_owned().into());
        let mut transport = Redacted::new(coming, Arc::new(Redaction::of(secrets)), Bearer::default());
        let message = serde_json::to_value(transport.receive().await.unwrap()).unwrap();
        assert_eq!(message["result"]["content"][0]["text"], "{\"key\":\"[redacted]\"}");
        assert_eq!(
            message["result"]["structuredContent"],
            serde_json::json!({"number": 20_260_311, "[redacted]": "[redacted]"})
        );
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
        let kept_in = |name: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, "canary-0123 and-more words\n").unwrap();
            Secret::File(file)
        };
        assert_eq!(found(&[("X-Tenant", kept_in("tenant.key"))]), ["canary-0123 and-more words"]);
        assert!(found(&[("PROMPT", kept_in("prompt.txt")), ("HOME", text("/home/ada"))]).is_empty());
    }
}
