//! `[secrets]`, `[plugins.NAME]` and `[http."HOST"]`: which requests plugins may make over HTTP, and with what.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;
use toolbay_http::{HostSettings, HttpSettings, HttpSettingsError, Placed};
use toolbay_kernel::PluginName;
use toolbay_kernel::rate::Rate;

use super::written::Elsewhere;

/// What the operator says of one plugin.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginLayer {
    /// Places that it may ask, such as `GET api.example.com/v1/*`.
    #[serde(default)]
    pub http: Vec<String>,
    /// Secrets that the host puts into its requests.
    #[serde(default)]
    pub secrets: Vec<PlacedLayer>,
}

/// Where secrets go in requests to some places.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedLayer {
    /// The places, without a method: `api.example.com/v1/*`.
    pub to: String,
    /// Headers, such as `Authorization = "Bearer {weather}"`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Parameters of the query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Members of a JSON body, by JSON pointer.
    #[serde(default)]
    pub body: BTreeMap<String, String>,
}

/// How requests to one host are treated.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostLayer {
    /// Requests on their way at the same time [default: 8].
    pub at_once: Option<NonZeroUsize>,
    /// How many requests it gets, such as 60/minute [default: as many as there are].
    pub rate: Option<Rate>,
    /// Whether it may be this machine or in a private network.
    #[serde(default)]
    pub allow_private: bool,
}

/// What is wrong with them, and where.
#[derive(Debug, thiserror::Error)]
#[error("{at}: {error}")]
pub struct HttpLayerError {
    at: String,
    error: HttpSettingsError,
}

/// The three tables together.
///
/// # Errors
///
/// [`HttpLayerError`] says which key is wrong.
pub(super) fn resolve(
    secrets: BTreeMap<String, Elsewhere>,
    plugins: &BTreeMap<PluginName, PluginLayer>,
    hosts: BTreeMap<String, HostLayer>,
) -> Result<HttpSettings, HttpLayerError> {
    let wrong = |at: String| move |error| HttpLayerError { at, error };
    let mut settings = HttpSettings::default();
    for (name, secret) in secrets {
        settings.add_secret(&name, secret.into()).map_err(wrong("secrets".to_owned()))?;
    }
    for (host, layer) in hosts {
        let usual = HostSettings::default();
        let host_settings = HostSettings {
            at_once: layer.at_once.map_or(usual.at_once, NonZeroUsize::get),
            rate: layer.rate,
            allow_private: layer.allow_private,
        };
        settings.treat(&host, host_settings).map_err(wrong("http".to_owned()))?;
    }
    for (plugin, layer) in plugins {
        let placed: Vec<Placed> = layer.secrets.iter().cloned().map(Placed::from).collect();
        settings.grant(plugin, &layer.http, &placed).map_err(wrong(format!("plugins.{plugin}")))?;
    }
    Ok(settings)
}

impl From<PlacedLayer> for Placed {
    fn from(layer: PlacedLayer) -> Self {
        Self { to: layer.to, headers: layer.headers, query: layer.query, body: layer.body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        secrets: BTreeMap<String, Elsewhere>,
        #[serde(default)]
        plugins: BTreeMap<PluginName, PluginLayer>,
        #[serde(default)]
        http: BTreeMap<String, HostLayer>,
    }

    fn resolved(text: &str) -> Result<HttpSettings, String> {
        let File { secrets, plugins, http } =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        resolve(secrets, &plugins, http).map_err(|error| error.to_string())
    }

    #[test]
    fn places_secrets_and_hosts_are_read_together() {
        let settings = resolved(
            "[secrets]\nweather = { env = \"WEATHER_KEY\" }\n\
             [plugins.weather]\nhttp = [\"GET API.example.com/v1/*\"]\n\
             [[plugins.weather.secrets]]\nto = \"api.example.com/*\"\nquery = { key = \"{weather}\" }\n\
             [http.\"api.example.com\"]\nrate = \"60/minute\"\nat_once = 2\n",
        )
        .unwrap();
        let granted: Vec<_> = settings.granted().collect();
        assert_eq!(granted, [("weather", &["GET api.example.com/v1/*".to_owned()][..])]);
    }

    #[test]
    fn what_cant_be_right_is_named_with_its_place() {
        for (wrong, said) in [
            ("[secrets]\nweather = \"canary\"\n", "expected { env"),
            ("[secrets]\n\"A B\" = { env = \"X\" }\n", "secrets: `A B` can't be the name"),
            (
                "[plugins.weather]\nhttp = [\"api.example.com/*\"]\n",
                "plugins.weather: `api.example.com/*` doesn't begin",
            ),
            ("[plugins.weather]\nhttp = true\n", "expected a sequence"),
            ("[plugins.weather]\nhtpp = []\n", "unknown field `htpp`"),
            ("[http.\"https://api.example.com\"]\n", "http: `https://api.example.com` isn't a host"),
            ("[http.\"api.example.com\"]\nrate = \"lots\"\n", "no rate"),
            (
                "[plugins.weather]\nhttp = [\"GET a.example/*\"]\n[[plugins.weather.secrets]]\nto = \"a.example/*\"\n\
                 headers = { X-Key = \"{weather}\" }\n",
                "there is no secret `weather`",
            ),
        ] {
            let error = resolved(wrong).err().unwrap();
            assert!(error.contains(said) && !error.contains("canary"), "{wrong}: {error}");
        }
    }
}
