//! What `toolbay.toml` says about the chat.

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use toolbay_chat::{ChatSettings, ModelServer, ModelSettings, ServerError};
use toolbay_http::Reach;
use url::Url;

use super::words;

/// Where a model is looked for unless the operator names another place.
const DEFAULT_BASE_URL: &str = "https://openrouter.ai/api/v1";

/// The model there: one that the server chooses for each request.
const DEFAULT_MODEL: &str = "openrouter/auto";

/// Tokens of one reply, unless the operator says otherwise: some pages of text.
const DEFAULT_REPLY_TOKENS: u32 = 4_096;

/// Longest time of a turn, in seconds: an hour. Proxies give up long before.
const MAX_SECONDS: u32 = 3_600;

/// Most tools that a model is offered: what common servers take.
const MAX_TOOLS: u32 = 128;

/// `[chat]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatLayer {
    /// The address below which `chat/completions` is [default: OpenRouter's].
    #[serde(default, deserialize_with = "words::read_url")]
    pub base_url: Option<Url>,
    /// The server's name for the model; needed beside `base_url`.
    pub model: Option<String>,
    /// How often the model is asked in one turn [default: 12].
    pub max_rounds: Option<NonZeroU32>,
    /// Tokens of one turn [default: 500000].
    pub max_tokens: Option<NonZeroU32>,
    /// Tokens of one reply [default: 4096].
    pub max_reply_tokens: Option<NonZeroU32>,
    /// Time of one turn [default: 120].
    pub max_seconds: Option<NonZeroU32>,
    /// Tools that the model is offered [default: 40].
    pub max_tools: Option<NonZeroU32>,
    /// KiB of one result that the model is told [default: 16].
    pub max_result_kib: Option<NonZeroU32>,
    /// Turns of one principal at the same time [default: 4].
    pub max_concurrent: Option<NonZeroU32>,
    /// Whether the person is asked before a call changes anything, once a tool has answered [default: true].
    pub ask_before_writes: Option<bool>,
    /// Minutes in which a question can be approved [default: 15].
    pub question_minutes: Option<NonZeroU32>,
}

/// The chat, as it is set up.
#[derive(Debug)]
pub struct ChatConfiguration {
    pub model: ModelSettings,
    pub settings: ChatSettings,
}

/// What is wrong with the settings of the chat.
#[derive(Debug, thiserror::Error)]
pub enum ChatLayerError {
    #[error("`model` says which model is asked: its name at the server of `base_url`")]
    NoModel,
    #[error(
        "a model of OpenRouter needs a key: set OPENROUTER_API_KEY, or name another server as `base_url`"
    )]
    NoKey,
    #[error(
        "`base_url` leads to another machine by `http`, and the key would be read on the way: use `https`"
    )]
    Unencrypted,
    #[error("`base_url` holds a name and a password; the key belongs in OPENROUTER_API_KEY")]
    Credentials,
    #[error("`{0}` is at most {1}")]
    TooMuch(&'static str, u32),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Client(#[from] toolbay_http::SetUpError),
}

impl ChatLayer {
    /// The chat; none where neither a key nor a model says that there is one.
    ///
    /// # Errors
    ///
    /// [`ChatLayerError`] says which key is wrong.
    pub(super) fn resolve(
        self,
        key: Option<&SecretString>,
    ) -> Result<Option<ChatConfiguration>, ChatLayerError> {
        if self == Self::default() && key.is_none() {
            return Ok(None);
        }
        let key = key.filter(|key| !key.expose_secret().is_empty()).cloned();
        let (base_url, model) = match (self.base_url, self.model) {
            (Some(url), Some(model)) => (url, model),
            (Some(_), None) => return Err(ChatLayerError::NoModel),
            (None, _) if key.is_none() => return Err(ChatLayerError::NoKey),
            (None, model) => (default_base_url(), model.unwrap_or_else(|| DEFAULT_MODEL.to_owned())),
        };
        if model.trim().is_empty() {
            return Err(ChatLayerError::NoModel);
        }
        if !base_url.username().is_empty() || base_url.password().is_some() {
            return Err(ChatLayerError::Credentials);
        }
        let is_private_way = base_url.scheme() == "https" || Reach::ThisMachine.takes(&base_url);
        if key.is_some() && !is_private_way {
            return Err(ChatLayerError::Unencrypted);
        }
        let bounded = |name, value: Option<NonZeroU32>, max| match value {
            Some(value) if value.get() > max => Err(ChatLayerError::TooMuch(name, max)),
            value => Ok(value.map(NonZeroU32::get)),
        };
        let default = ChatSettings::default();
        let seconds = |seconds: Option<u32>| seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let question =
            bounded("question_minutes", self.question_minutes, 24 * 60)?.map(|minutes| minutes * 60);
        let settings = ChatSettings {
            max_rounds: bounded("max_rounds", self.max_rounds, 100)?.unwrap_or(default.max_rounds),
            max_tokens: self.max_tokens.map_or(default.max_tokens, |tokens| tokens.get().into()),
            time: seconds(bounded("max_seconds", self.max_seconds, MAX_SECONDS)?).unwrap_or(default.time),
            ask_before_writes: self.ask_before_writes.unwrap_or(default.ask_before_writes),
            question_time: seconds(question).unwrap_or(default.question_time),
            max_tools: bounded("max_tools", self.max_tools, MAX_TOOLS)?.map_or(default.max_tools, size),
            max_result_bytes: bounded("max_result_kib", self.max_result_kib, 256)?
                .map_or(default.max_result_bytes, |kib| size(kib) * 1024),
            max_concurrent: bounded("max_concurrent", self.max_concurrent, 64)?
                .map_or(default.max_concurrent, size),
        };
        let model = ModelSettings {
            base_url,
            model,
            key,
            max_reply_tokens: self.max_reply_tokens.map_or(DEFAULT_REPLY_TOKENS, NonZeroU32::get),
            // Wherever the operator says that the model is.
            client: toolbay_http::client(Reach::Everywhere)?,
        };
        // What a request couldn't be made of is found here, and not when somebody writes.
        ModelServer::new(model.clone())?;
        Ok(Some(ChatConfiguration { model, settings }))
    }
}

#[expect(clippy::expect_used, reason = "a constant, parsed in a test")]
fn default_base_url() -> Url {
    DEFAULT_BASE_URL.parse().expect("the constant is a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, key: Option<&str>) -> Result<Option<ChatConfiguration>, String> {
        let layer: ChatLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        layer.resolve(key.map(SecretString::from).as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_alone_is_enough_and_without_a_word_there_is_no_chat() {
        assert!(resolved("", None).unwrap().is_none());
        let chat = resolved("", Some("canary-key")).unwrap().unwrap();
        assert_eq!(
            (chat.model.base_url.as_str(), chat.model.model.as_str()),
            (DEFAULT_BASE_URL, DEFAULT_MODEL)
        );
        assert_eq!(chat.settings, ChatSettings::default());
        assert!(!format!("{chat:?}").contains("canary"));
        let own = "base_url = \"http://127.0.0.1:11434/v1\"\nmodel = \"small\"\nmax_seconds = 9\nask_before_writes = false";
        let local = resolved(own, None).unwrap().unwrap();
        assert_eq!((local.settings.time, local.settings.ask_before_writes), (Duration::from_secs(9), false));
        assert!(resolved(own, Some("x")).is_ok(), "this machine reads no wire");
    }

    #[test]
    fn what_can_not_work_or_would_show_the_key_is_refused() {
        for (text, key, said) in [
            ("base_url = \"https://example.com/v1\"", None, "`model` says"),
            ("model = \"x\"", None, "OPENROUTER_API_KEY"),
            ("base_url = \"http://example.com/v1\"\nmodel = \"x\"", Some("k"), "`https`"),
            ("base_url = \"https://a:b@example.com/v1\"\nmodel = \"x\"", None, "password"),
            ("model = \" \"", Some("k"), "`model` says"),
            ("model = \"x\"", Some("a\nb"), "characters"),
            ("max_rounds = 101", Some("k"), "`max_rounds` is at most 100"),
            ("max_rounds = 0", Some("k"), "max_rounds"),
            ("key = \"x\"", None, "unknown field `key`"),
        ] {
            let error = resolved(text, key).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        assert!(
            resolved("base_url = \"http://10.0.0.1/v1\"\nmodel = \"x\"", None).is_ok(),
            "no key, no harm"
        );
    }
}
