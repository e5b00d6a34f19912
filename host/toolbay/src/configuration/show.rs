//! The configuration as the operator may see it: where a secret is set, and never what it is.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_gateway::Rate;
use toolbay_kernel::Secret;
use toolbay_kernel::connecting::People;
use toolbay_sql::{Address, DatabaseSettings, Place};
use toolbay_upstream::{TransportSettings, UpstreamSettings};
use url::Url;

use super::{ChatConfiguration, Configuration, TracesConfiguration, bundled_name};
use crate::logging::Level;

const SECONDS_OF_A_DAY: u64 = 24 * 3_600;

impl Configuration {
    /// The effective configuration without secrets.
    #[must_use]
    pub fn redacted(&self) -> Value {
        let is_set = |secret: bool| if secret { "set" } else { "not set" };
        json!({
            "file": self.file,
            "listen": self.listen.to_string(),
            "public_url": self.public_url.as_str(),
            "public_urls": self.further_public_urls.iter().map(Url::as_str).collect::<Vec<_>>(),
            "cors_origins": self.edge.cors_origins.iter().map(Url::as_str).collect::<Vec<_>>(),
            "trusted_proxies":
                self.server.trusted_proxies.networks().map(ToString::to_string).collect::<Vec<_>>(),
            "rates": {
                "address": rate(self.edge.rates.address),
                "principal": rate(self.edge.rates.principal),
                "wrong_tokens": rate(self.edge.rates.wrong_tokens),
            },
            "data_dir": self.data_dir,
            "plugin_dir": self.plugin_dir,
            "database_url": without_password(&self.database_url),
            "redis_url": self.redis_url.as_ref().map(ToString::to_string),
            "notion_api_url": self.notion_api_url.as_str(),
            "notion_requests_per_minute": self.notion_requests_per_minute,
            "default_connection": self.default_connection,
            "time_zone": self.calendar.time_zone.name(),
            "week_start": self.calendar.week_start.to_string(),
            "grant_on_drop": self.grant_on_drop,
            "profiles": self.profiles.iter().collect::<BTreeMap<_, _>>(),
            "grants": self.grants,
            "bundled": self.bundled.iter().map(bundled_name).collect::<Vec<_>>(),
            "oauth": {
                "return_origins": self.return_origins.iter().map(Url::as_str).collect::<Vec<_>>(),
                "people": people(&self.people),
                "shared": self.people_use_shared,
            },
            "calls": {
                "resend_minutes": self.limits.resend_time.as_secs() / 60,
                "settle_seconds": self.settle_time.as_secs(),
            },
            "retention": {
                "calls_days": self.retention.calls.as_secs() / SECONDS_OF_A_DAY,
                "jobs_days": self.retention.jobs.as_secs() / SECONDS_OF_A_DAY,
                "conversations_days": self.retention.conversations.as_secs() / SECONDS_OF_A_DAY,
            },
            "log": {
                "level": self.log.level.map(Level::as_str),
                "areas": self.log.areas.iter().map(|(area, level)| (area.as_str(), level.as_str())).collect::<BTreeMap<_, _>>(),
            },
            "traces": self.traces.as_ref().map(traces),
            "settings": self.settings.keys().collect::<Vec<_>>(),
            "upstreams": self.upstreams.iter().map(upstream).collect::<BTreeMap<_, _>>(),
            "chat": self.chat.as_ref().map(chat),
            "databases": self.databases.iter().map(database).collect::<BTreeMap<_, _>>(),
            "http": self.http.granted().collect::<BTreeMap<_, _>>(),
            "TOKEN_ENCRYPTION_KEY": is_set(self.secrets.token_encryption_key.is_some()),
            "TOKEN_ENCRYPTION_KEY_NEW": is_set(self.secrets.new_token_encryption_key.is_some()),
            "ACTION_API_TOKEN": is_set(self.secrets.action_api_token.is_some()),
            "TOOLBAY_METRICS_TOKEN": is_set(self.secrets.metrics_token.is_some()),
            "NOTION_TOKEN": is_set(self.secrets.notion_token.is_some()),
            "OPENROUTER_API_KEY": is_set(self.secrets.openrouter_api_key.is_some()),
            "NOTION_OAUTH_CLIENT_ID": self.oauth.as_ref().map_or("not set", |oauth| oauth.client_id.as_str()),
            "NOTION_OAUTH_CLIENT_SECRET": is_set(self.oauth.is_some()),
            "NOTION_OAUTH_REDIRECT_URI":
                self.oauth.as_ref().map_or("not set", |oauth| oauth.redirect_uri.as_str()),
        })
    }
}

/// Where a server is: never what it is given, which may be secrets.
fn upstream(settings: &UpstreamSettings) -> (&str, Value) {
    let place = match &settings.transport {
        TransportSettings::Stdio(stdio) => {
            json!({ "command": stdio.program, "arguments": stdio.arguments.len() })
        }
        TransportSettings::Http(http) => {
            json!({ "url": without_password(http.url.as_str()), "transport": "streamable-http" })
        }
        TransportSettings::Sse(http) => {
            json!({ "url": without_password(http.url.as_str()), "transport": "sse" })
        }
    };
    (settings.name.as_str(), place)
}

/// What a chat may spend, and where its model is.
fn chat(chat: &ChatConfiguration) -> Value {
    let settings = &chat.settings;
    json!({
        "base_url": without_password(chat.model.base_url.as_str()),
        "model": chat.model.model,
        "max_rounds": settings.max_rounds,
        "max_tokens": settings.max_tokens,
        "max_reply_tokens": chat.model.max_reply_tokens,
        "max_seconds": settings.time.as_secs(),
        "max_tools": settings.max_tools,
        "max_result_kib": settings.max_result_bytes / 1024,
        "max_concurrent": settings.max_concurrent,
        "ask_before_writes": settings.ask_before_writes,
        "question_minutes": settings.question_time.as_secs() / 60,
    })
}

/// Where traces go, and which.
fn traces(traces: &TracesConfiguration) -> Value {
    let TracesConfiguration { settings, sampler } = traces;
    json!({
        "endpoint": without_password(settings.endpoint.as_str()),
        "headers": settings.headers.names().collect::<Vec<_>>(),
        "service_name": settings.service_name,
        "share": sampler.share().ratio(),
        "follows_callers": sampler.follows(),
    })
}

/// Where a database is, and what may be done there.
fn database(settings: &DatabaseSettings) -> (&str, Value) {
    let url = match &settings.place {
        Place::Sqlite(path) => format!("sqlite://{}", path.display()),
        Place::Postgres(Address(Secret::Text(url))) => without_password(url.expose_secret()),
        Place::Postgres(Address(Secret::Variable(name))) => format!("in the variable {name}"),
        Place::Postgres(Address(Secret::File(path))) => format!("in {}", path.display()),
    };
    let shown = json!({
        "url": url,
        "writes": settings.writes,
        "connections": settings.connections,
        "seconds": settings.time.as_secs(),
    });
    (settings.name.as_str(), shown)
}

fn rate(rate: Option<Rate>) -> String {
    rate.map_or_else(|| "none".to_owned(), |rate| rate.to_string())
}

fn without_password(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            if url.password().is_some() && url.set_password(Some("…")).is_err() {
                return "set".to_owned();
            }
            url.set_query(None);
            url.to_string()
        }
        Err(_) => "set, and not an address".to_owned(),
    }
}

fn people(people: &People) -> Value {
    match people {
        People::Nobody => json!([]),
        People::Anybody => json!(["anybody"]),
        People::These(ids) => json!(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let shown = without_password("postgres://toolbay:canary@db/toolbay?password=canary");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("db/toolbay"));
    }
}
