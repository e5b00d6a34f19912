//! What the operator says of plugins' requests: which places each plugin may ask, which secrets the host puts in, and how each host
//! is treated.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use toolbay_kernel::capability::Scope;
use toolbay_kernel::rate::Rate;
use toolbay_kernel::{PluginName, Secret};

use crate::address::Address;
use crate::headers::{self, NotAHeader};
use crate::place::{NotAPlace, Place};
use crate::placement::Placement;
use crate::resolver::Names;
use crate::template::{self, Template};

/// Requests on their way to one host at the same time, unless the operator says otherwise.
const DEFAULT_AT_ONCE: usize = 8;

/// Placements of one plugin.
const MAX_PLACEMENTS: usize = 50;

/// Everything that the operator says. Without a word of the operator's, nothing is asked.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    pub(crate) plugins: HashMap<String, PluginSettings>,
    pub(crate) hosts: HashMap<String, HostSettings>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) names: Names,
}

/// What a plugin may ask.
#[derive(Debug, Clone)]
pub(crate) struct PluginSettings {
    pub(crate) places: Scope,
    pub(crate) placements: Vec<Placement>,
}

/// How a host is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSettings {
    /// Requests on their way to it at the same time.
    pub at_once: usize,
    /// How many requests it gets in a stretch of time; none for as many as there are.
    pub rate: Option<Rate>,
    /// Whether its name or address may lead to this machine or a private network.
    pub allow_private: bool,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self { at_once: DEFAULT_AT_ONCE, rate: None, allow_private: false }
    }
}

/// Where secrets go in requests of a plugin, in the operator's words: `Bearer {weather}` has the secret `weather`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed {
    /// The place whose requests get them, without a method: `api.example.com/v1/*`.
    pub to: String,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// Parameters of the query by name.
    pub query: BTreeMap<String, String>,
    /// Members of a JSON body by their pointers, such as `/auth/key`, in requests that write.
    pub body: BTreeMap<String, String>,
}

/// What is wrong with the operator's words.
#[derive(Debug, thiserror::Error)]
pub enum HttpSettingsError {
    #[error(transparent)]
    Place(#[from] NotAPlace),
    #[error(
        "`{0}` isn't a host with its port where that isn't the usual one, such as api.example.com or 10.0.0.7:8080"
    )]
    Host(String),
    #[error("{0}")]
    Header(String),
    #[error("`{0}` isn't a text with the names of secrets in braces, such as Bearer {{weather}}")]
    Template(String),
    #[error("`{0}` can't be the name of a secret: it has lower case, digits, `_` and `-`")]
    SecretName(String),
    #[error("there is no secret `{0}`; [secrets] says where each is")]
    UnknownSecret(String),
    #[error("`{0}` isn't a JSON pointer to a member of an object, such as /auth/key")]
    Pointer(String),
    #[error("`{0}` puts nothing anywhere: it has `headers`, `query` or `body`")]
    Nothing(String),
    #[error("`{0}` is at no host of the plugin's places")]
    Beside(String),
    #[error("`at_once` is at least 1")]
    AtOnce,
    #[error("a plugin has at most {MAX_PLACEMENTS} entries of `secrets`")]
    TooMany,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            plugins: HashMap::new(),
            hosts: HashMap::new(),
            secrets: BTreeMap::new(),
            names: Names::system(),
        }
    }
}

impl HttpSettings {
    /// The same with other names of hosts, for tests.
    pub fn resolve_by(&mut self, names: Names) {
        self.names = names;
    }

    /// Says where a secret is.
    ///
    /// # Errors
    ///
    /// When that can't be its name.
    pub fn add_secret(&mut self, name: &str, secret: Secret) -> Result<(), HttpSettingsError> {
        if !template::is_name(name) {
            return Err(HttpSettingsError::SecretName(name.chars().take(100).collect()));
        }
        self.secrets.insert(name.to_owned(), secret);
        Ok(())
    }

    /// Says how a host is treated.
    ///
    /// # Errors
    ///
    /// When it isn't one in the form that places have.
    pub fn treat(&mut self, host: &str, settings: HostSettings) -> Result<(), HttpSettingsError> {
        let wrong = || HttpSettingsError::Host(host.chars().take(100).collect());
        // By either scheme, so that a port that one of them leaves out can be named for the other.
        let is_one = |scheme: &str| {
            let read = Address::parse(&format!("{scheme}://{host}/"));
            read.is_ok_and(|address| address.authority() == host)
        };
        if !is_one("https") && !is_one("http") {
            return Err(wrong());
        }
        if settings.at_once == 0 {
            return Err(HttpSettingsError::AtOnce);
        }
        self.hosts.insert(host.to_owned(), settings);
        Ok(())
    }

    /// Grants a plugin places, such as `GET api.example.com/v1/*`, and puts secrets, which have been added before, into requests to
    /// some of them.
    ///
    /// # Errors
    ///
    /// When a place or a placement isn't one.
    pub fn grant(
        &mut self,
        plugin: &PluginName,
        places: &[String],
        placed: &[Placed],
    ) -> Result<(), HttpSettingsError> {
        let places = Place::list(places.iter().map(String::as_str))?;
        if placed.len() > MAX_PLACEMENTS {
            return Err(HttpSettingsError::TooMany);
        }
        let placements: Vec<Placement> =
            placed.iter().map(|placed| self.placement(placed)).collect::<Result<_, _>>()?;
        let hosts: BTreeSet<&str> = places.iter().filter_map(|place| host_of(place)).collect();
        for (placement, written) in placements.iter().zip(placed) {
            if !hosts.contains(placement.host.as_str()) {
                return Err(HttpSettingsError::Beside(written.to.chars().take(200).collect()));
            }
        }
        let settings = PluginSettings { places: Scope::Within(places), placements };
        self.plugins.insert(plugin.to_string(), settings);
        Ok(())
    }

    fn placement(&self, placed: &Placed) -> Result<Placement, HttpSettingsError> {
        if placed.headers.is_empty() && placed.query.is_empty() && placed.body.is_empty() {
            return Err(HttpSettingsError::Nothing(placed.to.chars().take(200).collect()));
        }
        let to = Place::parse(&placed.to)?.to_string();
        let host = host_of(&format!("- {to}")).unwrap_or_default().to_owned();
        let template = |text: &String| {
            // The text may be a secret that somebody wrote out, so no error has it.
            let template = Template::parse(text).filter(|template| !template.names().is_empty());
            template.ok_or_else(|| HttpSettingsError::Template("…".to_owned()))
        };
        let mut headers = Vec::new();
        for (name, text) in &placed.headers {
            let name = headers::name(name)
                .map_err(|error: NotAHeader| HttpSettingsError::Header(error.to_string()))?;
            headers.push((name, template(text)?));
        }
        let mut query = Vec::new();
        for (name, text) in &placed.query {
            query.push((name.clone(), template(text)?));
        }
        let mut body = Vec::new();
        for (pointer, text) in &placed.body {
            let path = pointer_path(pointer)
                .ok_or_else(|| HttpSettingsError::Pointer(pointer.chars().take(100).collect()))?;
            body.push((path, template(text)?));
        }
        let placement = Placement { to: Scope::Within(vec![format!("- {to}")]), host, headers, query, body };
        if let Some(unknown) = placement.names().into_iter().find(|name| !self.secrets.contains_key(*name)) {
            return Err(HttpSettingsError::UnknownSecret(unknown.to_owned()));
        }
        Ok(placement)
    }

    /// How a host is treated.
    pub(crate) fn host(&self, authority: &str) -> HostSettings {
        self.hosts.get(authority).copied().unwrap_or_default()
    }

    /// The places of each plugin, for an operator who looks.
    pub fn granted(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.plugins.iter().map(|(plugin, settings)| {
            let places = match &settings.places {
                Scope::Within(places) => places.as_slice(),
                _ => &[],
            };
            (plugin.as_str(), places)
        })
    }
}

/// The scheme and host of a place behind a method, up to its path.
fn host_of(place: &str) -> Option<&str> {
    let (_, place) = place.split_once(' ')?;
    let begin = if place.starts_with("http://") { "http://".len() } else { 0 };
    let end = place.get(begin..)?.find('/')?;
    place.get(..begin + end)
}

/// The members that a JSON pointer leads through.
fn pointer_path(pointer: &str) -> Option<Vec<String>> {
    const MAX_DEPTH: usize = 16;
    let path: Vec<String> = pointer
        .strip_prefix('/')?
        .split('/')
        .map(|member| member.replace("~1", "/").replace("~0", "~"))
        .collect();
    let is_one = path.len() <= MAX_DEPTH && path.iter().all(|member| !member.is_empty());
    is_one.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> HttpSettings {
        let mut settings = HttpSettings::default();
        settings.add_secret("weather", Secret::Text("canary-0123".into())).unwrap();
        settings
    }

    fn placed(to: &str, headers: &[(&str, &str)], body: &[(&str, &str)]) -> Placed {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        Placed { to: to.to_owned(), headers: owned(headers), query: BTreeMap::new(), body: owned(body) }
    }

    #[test]
    fn what_cant_be_right_is_named_without_what_may_be_a_secret() {
        let plugin: PluginName = "weather".parse().unwrap();
        let places = ["GET api.example.com/v1/*".to_owned()];
        for (placed, said) in [
            (placed("api.example.com/*", &[], &[]), "puts nothing anywhere"),
            (placed("api.example.com", &[("x-key", "{weather}")], &[]), "names no path"),
            (placed("other.example.com/*", &[("x-key", "{weather}")], &[]), "at no host"),
            (placed("http://api.example.com/*", &[("x-key", "{weather}")], &[]), "at no host"),
            (placed("api.example.com/*", &[("x-key", "canary-0123")], &[]), "isn't a text with the names"),
            (placed("api.example.com/*", &[("x-key", "{wether}")], &[]), "there is no secret `wether`"),
            (placed("api.example.com/*", &[("host", "{weather}")], &[]), "the host's to set"),
            (placed("api.example.com/*", &[], &[("key", "{weather}")]), "JSON pointer"),
            (placed("api.example.com/*", &[], &[("/a//b", "{weather}")]), "JSON pointer"),
        ] {
            let error = settings().grant(&plugin, &places, &[placed]).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("canary"), "{error}");
        }
        let right =
            placed("api.example.com/*", &[("x-key", "Bearer {weather}")], &[("/a~1b/c", "{weather}")]);
        settings().grant(&plugin, &places, &[right]).unwrap();
        assert!(settings().add_secret("A b", Secret::Text("x".into())).is_err());
    }

    #[test]
    fn a_host_is_named_in_the_form_that_places_have() {
        for host in ["api.example.com", "10.0.0.7:8080", "[::1]:81", "a.example:443", "a.example:80"] {
            settings().treat(host, HostSettings::default()).unwrap();
        }
        for host in ["API.example.com", "https://a.example", "a.example/x", "a@b", "0x7f.1", "", "a.example."]
        {
            assert!(settings().treat(host, HostSettings::default()).is_err(), "{host}");
        }
        let none = HostSettings { at_once: 0, ..HostSettings::default() };
        assert!(settings().treat("a.example", none).is_err());
    }
}
