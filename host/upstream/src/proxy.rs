//! Messages of clients that are passed on to a server as they are, with the credential of an account.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use toolbay_kernel::upstream::{ProxiedAnswer, ProxiedRequest, UpstreamName, UpstreamProxy};
use toolbay_kernel::{Code, ConnectionId, Problem, Redaction, ToolName};
use url::Url;

use crate::accounts;
use crate::settings::{HttpSettings, MAX_MESSAGE, OAuthSettings, TransportSettings};
use crate::upstreams::Upstreams;

/// Time for an answer, to its last byte.
const TIME: Duration = Duration::from_secs(300);

/// Time in which a slot must come free.
const SLOT_TIME: Duration = Duration::from_secs(10);

/// Messages of one account that are passed on at the same time.
const AT_ONCE: usize = 8;

/// Headers of an answer that are passed on.
const PASSED_ON: [&str; 4] = ["content-type", "mcp-session-id", "mcp-protocol-version", "retry-after"];

/// Longest value of such a header, in bytes.
const MAX_HEADER: usize = 1_024;

#[async_trait]
impl UpstreamProxy for Upstreams {
    fn start_url(&self, server: &UpstreamName) -> Option<Url> {
        self.with_accounts(server).map(|(_, oauth)| oauth.start_url)
    }

    fn published(&self, server: &UpstreamName, their_name: &str) -> Option<ToolName> {
        self.published_name(server, their_name)
    }

    async fn forward(
        &self,
        server: &UpstreamName,
        account: ConnectionId,
        request: &ProxiedRequest,
    ) -> Result<ProxiedAnswer, Problem> {
        let missing = || Problem::new(Code::NotFound, format!("There is no MCP server `{server}` here."));
        let (http, oauth) = self.with_accounts(server).ok_or_else(missing)?;
        let none = || accounts::missing(server.as_str(), &oauth);
        let credential = self.accounts.fresh(account).await?.ok_or_else(none)?;
        let slots = self.proxied(server, account);
        let slot = tokio::time::timeout(SLOT_TIME, slots.acquire_owned()).await.ok().and_then(Result::ok);
        let slot = slot.ok_or_else(|| {
            let message = format!("The MCP server `{server}` has as many requests as it gets.");
            Problem::new(Code::RateLimited, message).hint("Try again in a few seconds.")
        })?;
        let given = redaction(server, &http, [credential.clone()])?;
        let answer = send(server, &http, request, &credential).await?;
        if answer.status().as_u16() != 401 {
            return Ok(passed_on(answer, slot, given));
        }
        // Nothing is written by what is passed on: it may be sent again.
        let refused = || {
            let message = format!("The MCP server `{server}` refuses the account's credential.");
            Problem::new(Code::UpstreamFailed, message)
                .hint(format!("Connect the account again: {}", oauth.start_url))
        };
        let renewed = self.accounts.renew(account, &credential).await?.ok_or_else(refused)?;
        let given = redaction(server, &http, [credential, renewed.clone()])?;
        let answer = send(server, &http, request, &renewed).await?;
        if answer.status().as_u16() == 401 {
            return Err(refused());
        }
        Ok(passed_on(answer, slot, given))
    }
}

impl Upstreams {
    /// What bounds the messages of one account that are passed on at the same time.
    fn proxied(&self, server: &UpstreamName, account: ConnectionId) -> Arc<Semaphore> {
        let key = (server.to_string(), account);
        self.proxied.get_with(key, || Arc::new(Semaphore::new(AT_ONCE)))
    }

    fn with_accounts(&self, name: &UpstreamName) -> Option<(HttpSettings, OAuthSettings)> {
        let server = self.server(name)?;
        let TransportSettings::Http(http) = &server.settings.transport else { return None };
        let oauth = http.oauth.clone()?;
        Some((http.clone(), oauth))
    }
}

async fn send(
    server: &UpstreamName,
    http: &HttpSettings,
    request: &ProxiedRequest,
    credential: &SecretString,
) -> Result<Response, Problem> {
    let own = http.headers().map_err(|why| unread(server, &why))?;
    let mut sending = match &request.message {
        Some(message) => http
            .client
            .post(http.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .body(message.clone()),
        None => http.client.delete(http.url.clone()),
    };
    for (name, value) in &request.headers {
        sending = sending.header(*name, value);
    }
    let sending = sending.headers(own.into_iter().collect()).bearer_auth(credential.expose_secret());
    sending.timeout(TIME).send().await.map_err(|error| {
        tracing::warn!(upstream = %server, error = %error.without_url(), "upstream.proxy_unanswered");
        Problem::new(Code::UpstreamFailed, format!("The MCP server `{server}` did not answer."))
            .hint("Try again in a minute.")
    })
}

/// What takes out of an answer what is about to be sent with its request.
fn redaction<const N: usize>(
    server: &UpstreamName,
    http: &HttpSettings,
    credentials: [SecretString; N],
) -> Result<Redaction, Problem> {
    let given = http.secrets().map_err(|error| unread(server, &error))?;
    Ok(Redaction::of(given.into_iter().chain(credentials)))
}

fn unread(server: &UpstreamName, why: &dyn std::fmt::Display) -> Problem {
    tracing::error!(upstream = %server, %why, "upstream.headers_not_read");
    Problem::new(
        Code::Unavailable,
        format!("The MCP server `{server}` can't be asked: its headers can't be read."),
    )
}

/// What is on its way from the server to the client.
struct Passing {
    /// None once all of it has come.
    answer: Option<Response>,
    read: usize,
    /// What has come and may be the beginning of a secret.
    waiting: Vec<u8>,
    redaction: Redaction,
    _slot: OwnedSemaphorePermit,
}

/// What comes is passed on as it comes, without the credential; the slot is held to the end of it.
fn passed_on(answer: Response, slot: OwnedSemaphorePermit, redaction: Redaction) -> ProxiedAnswer {
    let header = |name: &'static str| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        (value.len() <= MAX_HEADER).then(|| (name, redaction.text(value)))
    };
    let headers = PASSED_ON.into_iter().filter_map(header).collect();
    let status = answer.status().as_u16();
    let passing = Passing { answer: Some(answer), read: 0, waiting: Vec::new(), redaction, _slot: slot };
    let body = stream::try_unfold(passing, |mut passing| async move {
        let next = passing.next().await?;
        Ok(next.map(|bytes| (bytes, passing)))
    });
    ProxiedAnswer { status, headers, body: body.boxed() }
}

impl Passing {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        while let Some(answer) = &mut self.answer {
            let chunk = answer.chunk().await.map_err(|_| "the server broke off".to_owned())?;
            match chunk {
                None => self.answer = None,
                Some(chunk) => {
                    self.read += chunk.len();
                    if self.read > MAX_MESSAGE {
                        return Err(format!("the answer is longer than {MAX_MESSAGE} bytes"));
                    }
                    let ready = ready(&mut self.waiting, &chunk, &self.redaction);
                    if !ready.is_empty() {
                        return Ok(Some(ready));
                    }
                }
            }
        }
        Ok(Some(std::mem::take(&mut self.waiting)).filter(|rest| !rest.is_empty()))
    }
}

/// What can be passed on once more bytes have come. No secret has the end of a line in it, so that an event is never kept back.
fn ready(waiting: &mut Vec<u8>, chunk: &[u8], redaction: &Redaction) -> Vec<u8> {
    waiting.extend_from_slice(chunk);
    redaction.redact(waiting);
    let after_line = waiting.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let kept = waiting.split_off(after_line.max(waiting.len().saturating_sub(redaction.longest())));
    std::mem::replace(waiting, kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_secret_is_found_however_an_answer_is_cut(
            parts in proptest::collection::vec("[a-c \n\\\\]{0,40}|canary-0123", 0..8), cut in 1..30_usize,
        ) {
            let text = parts.concat();
            let redaction = Redaction::of(["canary-0123".to_owned().into()]);
            let mut waiting = Vec::new();
            let mut passed: Vec<u8> = text.as_bytes().chunks(cut).flat_map(|chunk| ready(&mut waiting, chunk, &redaction)).collect();
            passed.extend(waiting);
            prop_assert_eq!(String::from_utf8(passed).unwrap(), redaction.text(&text));
        }
    }

    #[test]
    fn an_event_is_passed_on_at_once() {
        let redaction = Redaction::of(["canary-0123".to_owned().into()]);
        let mut waiting = Vec::new();
        assert_eq!(ready(&mut waiting, b"data: 1\n\ndata", &redaction), b"data: 1\n\n");
        assert_eq!(waiting, b"data");
    }
}
