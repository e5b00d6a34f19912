//! Where a Redis server is.

use std::fmt;
use std::str::FromStr;

use redis::{Client, IntoConnectionInfo as _, RedisResult};
use url::{Host, Url};

/// The address of a Redis server. It may hold a password, so it is shown without whoever signs in.
#[derive(Clone)]
pub struct RedisUrl {
    pub(crate) client: Client,
    shown: String,
}

/// Why a text is no address of a Redis server. It isn't repeated, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARedisUrl {
    #[error("REDIS_URL must begin with redis:// or, for TLS, with rediss://")]
    Scheme,
    #[error(
        "REDIS_URL must be redis://user:password@host:6379/0; in a password, write characters such as / ? # @ as %2F %3F %23 %40"
    )]
    Malformed,
    #[error("REDIS_URL: after the host comes the number of a database, such as /0, or nothing")]
    Database,
    #[error(
        "REDIS_URL: what begins with ? or # isn't understood; leave it out, or write it as %3F or %23 in a password"
    )]
    Extra,
}

impl FromStr for RedisUrl {
    type Err = NotARedisUrl;

    fn from_str(text: &str) -> Result<Self, NotARedisUrl> {
        if !["redis://", "rediss://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(NotARedisUrl::Scheme);
        }
        let url = Url::parse(text).map_err(|_| NotARedisUrl::Malformed)?;
        let is_empty = |host: Host<&str>| matches!(host, Host::Domain(""));
        if url.host().is_none_or(is_empty) {
            return Err(NotARedisUrl::Malformed);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(NotARedisUrl::Extra);
        }
        let database = url.path().trim_start_matches('/');
        if !database.is_empty() && database.parse::<u32>().is_err() {
            return Err(NotARedisUrl::Database);
        }
        let shown = shown(url.clone()).ok_or(NotARedisUrl::Malformed)?;
        let client = client(url).map_err(|_| NotARedisUrl::Malformed)?;
        Ok(Self { client, shown })
    }
}

fn client(url: Url) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    // A server is told nothing of its client: its user needs no right for that.
    let settings = info.redis_settings().clone().set_skip_set_lib_name();
    Client::open(info.set_redis_settings(settings))
}

/// Without the user too: a password stands there when its colon was forgotten.
fn shown(mut url: Url) -> Option<String> {
    url.set_password(None).ok()?;
    url.set_username("").ok()?;
    Some(url.to_string())
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RedisUrl, NotARedisUrl> {
        text.parse()
    }

    #[test]
    fn an_address_is_shown_without_what_signs_in() {
        for (text, shown) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://:canary@db.example:6380/3", "redis://db.example:6380/3"),
            ("rediss://toolbay:can%23ary@[::1]:1/", "rediss://[::1]:1/"),
            ("redis://canary@10.0.0.1", "redis://10.0.0.1"),
        ] {
            let url = read(text).unwrap();
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
        }
    }

    #[test]
    fn what_is_none_is_told_and_not_repeated() {
        for (text, why) in [
            ("localhost:6379", NotARedisUrl::Scheme),
            ("http://canary@host", NotARedisUrl::Scheme),
            ("unix:///run/canary.sock", NotARedisUrl::Scheme),
            ("redis://", NotARedisUrl::Malformed),
            ("redis://:can/ary@host", NotARedisUrl::Malformed),
            ("redis://host:canary", NotARedisUrl::Malformed),
            ("redis://host/canary", NotARedisUrl::Database),
            ("redis://host/-1", NotARedisUrl::Database),
            ("redis://host/0?protocol=canary", NotARedisUrl::Extra),
            ("rediss://host/#insecure", NotARedisUrl::Extra),
        ] {
            let refused = read(text).unwrap_err();
            assert_eq!(refused, why, "{text}");
            assert!(!refused.to_string().contains("canary"));
        }
    }
}
