//! The environment: one of the four places, and the only one for secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use toolbay_kernel::nearest::nearest;

use super::layer::Layer;
use super::secrets::Secrets;
use super::words;
use crate::capabilities;

/// What `/metrics` is read with.
const METRICS_TOKEN: &str = "TOOLBAY_METRICS_TOKEN";

/// The least characters that it has.
const MIN_METRICS_TOKEN: usize = 16;

/// Every variable of ours that begins with `TOOLBAY_`; another one is a slip.
const OWN: [&str; 16] = [
    "TOOLBAY_CONFIG",
    "TOOLBAY_LISTEN",
    "TOOLBAY_PUBLIC_URL",
    "TOOLBAY_PUBLIC_URLS",
    "TOOLBAY_CORS_ORIGINS",
    "TOOLBAY_TRUSTED_PROXIES",
    "TOOLBAY_DATA_DIR",
    "TOOLBAY_PLUGIN_DIR",
    "TOOLBAY_GRANT_ON_DROP",
    "TOOLBAY_DEFAULT_CONNECTION",
    "TOOLBAY_BUNDLED",
    "TOOLBAY_TIME_ZONE",
    "TOOLBAY_WEEK_START",
    "TOOLBAY_LOG",
    METRICS_TOKEN,
    "TOOLBAY_METRICS_TOKEN_FILE",
];

/// Variables that the scripts and tests of this repository use; they are not the host's.
const OF_SCRIPTS: [&str; 7] = [
    "TOOLBAY_BUNDLE",
    "TOOLBAY_TEST_",
    "TOOLBAY_CONFORMANCE_",
    "TOOLBAY_BENCH_",
    "TOOLBAY_URL",
    "TOOLBAY_TOKEN",
    "TOOLBAY_BIN",
];

/// A variable that can't be used. Its value is not repeated when it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A value that doesn't parse.
    #[error("{name}: {reason}")]
    Value { name: &'static str, reason: String },
    /// A variable of ours that doesn't exist.
    #[error("{name} is not a variable of Toolbay{}", nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// A secret's file can't be read.
    #[error("{name}: {path}: {source}")]
    SecretFile { name: String, path: String, source: std::io::Error },
    /// Both the secret and its file are given.
    #[error("{0} and {0}_FILE are both set: keep one")]
    Both(&'static str),
}

/// The variables of the process, or those of a test.
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Those of the process. One that isn't UTF-8 is not ours and is left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables }
    }

    /// These alone.
    #[must_use]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { variables: variables.iter().map(owned).collect() }
    }

    /// What the environment says, secrets aside.
    pub(super) fn layer(&self) -> Result<Layer, EnvironmentError> {
        self.refuse_unknown()?;
        Ok(Layer {
            config: self.parsed("TOOLBAY_CONFIG")?,
            data_dir: self.parsed("TOOLBAY_DATA_DIR")?,
            plugin_dir: self.parsed("TOOLBAY_PLUGIN_DIR")?,
            listen: self.parsed_by("TOOLBAY_LISTEN", words::address)?,
            public_url: self.parsed_by("TOOLBAY_PUBLIC_URL", words::url)?,
            public_urls: self.listed("TOOLBAY_PUBLIC_URLS")?,
            cors_origins: self.listed("TOOLBAY_CORS_ORIGINS")?,
            trusted_proxies: self.listed("TOOLBAY_TRUSTED_PROXIES")?,
            database_url: self.secret_text("DATABASE_URL")?,
            redis_url: self.secret_text("REDIS_URL")?,
            notion_api_url: self.parsed_by("NOTION_API_URL", words::url)?,
            notion_requests_per_minute: self.parsed_by("NOTION_REQUESTS_PER_MINUTE", words::requests)?,
            default_connection: self.parsed("TOOLBAY_DEFAULT_CONNECTION")?,
            time_zone: self.parsed("TOOLBAY_TIME_ZONE")?,
            week_start: self.parsed("TOOLBAY_WEEK_START")?,
            grant_on_drop: self.listed("TOOLBAY_GRANT_ON_DROP")?.map(capabilities::names),
            bundled: self.parsed("TOOLBAY_BUNDLED")?,
            log: self.parsed("TOOLBAY_LOG")?,
            ..Layer::default()
        })
    }

    /// The secrets, from their variables or from the files that `*_FILE` variables name.
    pub(super) fn secrets(&self) -> Result<Secrets, EnvironmentError> {
        let secret = |name| Ok(self.secret_text(name)?.map(SecretString::from));
        Ok(Secrets {
            token_encryption_key: secret("TOKEN_ENCRYPTION_KEY")?,
            new_token_encryption_key: secret("TOKEN_ENCRYPTION_KEY_NEW")?,
            action_api_token: secret("ACTION_API_TOKEN")?,
            metrics_token: self.metrics_token()?,
            notion_token: secret("NOTION_TOKEN")?,
            openrouter_api_key: secret("OPENROUTER_API_KEY")?,
        })
    }

    /// A token that nobody guesses: whoever has it reads what the tools are.
    fn metrics_token(&self) -> Result<Option<SecretString>, EnvironmentError> {
        match self.secret_text(METRICS_TOKEN)? {
            Some(token) if token.len() < MIN_METRICS_TOKEN => Err(EnvironmentError::Value {
                name: METRICS_TOKEN,
                reason: format!("it has fewer than {MIN_METRICS_TOKEN} characters"),
            }),
            token => Ok(token.map(SecretString::from)),
        }
    }

    /// The platform's folder for a program's data (XDG Base Directory on Linux, Application Support on macOS).
    pub(crate) fn default_data_dir(&self) -> Option<PathBuf> {
        let folder = |name: &str| self.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if cfg!(target_os = "macos") {
            return Some(folder("HOME")?.join("Library/Application Support/toolbay"));
        }
        if cfg!(windows) {
            return Some(folder("LOCALAPPDATA")?.join("toolbay"));
        }
        let base = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))?;
        Some(base.join("toolbay"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The parts of a value that is separated by commas.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.get(name)?;
        Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }

    pub(super) fn parsed<T: FromStr<Err: ToString>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, EnvironmentError> {
        self.parsed_by(name, |text| text.parse().map_err(|error: T::Err| error.to_string()))
    }

    pub(super) fn parsed_by<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, EnvironmentError> {
        let parsed = self.get(name).map(parse).transpose();
        parsed.map_err(|reason| EnvironmentError::Value { name, reason })
    }

    fn listed<T: FromStr<Err: ToString>>(
        &self,
        name: &'static str,
    ) -> Result<Option<Vec<T>>, EnvironmentError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| {
                item.parse()
                    .map_err(|error: T::Err| EnvironmentError::Value { name, reason: error.to_string() })
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(super) fn secret_text(&self, name: &'static str) -> Result<Option<String>, EnvironmentError> {
        let file_variable = format!("{name}_FILE");
        match (self.get(name), self.get(&file_variable)) {
            (Some(_), Some(_)) => Err(EnvironmentError::Both(name)),
            (Some(text), None) => Ok(Some(text.trim().to_owned())),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some(text.trim().to_owned())),
                Err(source) => {
                    Err(EnvironmentError::SecretFile { name: file_variable, path: path.to_owned(), source })
                }
            },
            (None, None) => Ok(None),
        }
    }

    fn refuse_unknown(&self) -> Result<(), EnvironmentError> {
        for name in self.variables.keys().filter(|name| name.starts_with("TOOLBAY_")) {
            if !OWN.contains(&name.as_str()) && !OF_SCRIPTS.iter().any(|prefix| name.starts_with(prefix)) {
                return Err(EnvironmentError::Unknown { name: name.clone(), nearest: nearest(name, OWN) });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_comes_from_its_variable_or_its_file_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "ntn_canary\n").unwrap();
        let path = path.to_str().unwrap();
        let secrets = Environment::of(&[("NOTION_TOKEN_FILE", path)]).secrets().unwrap();
        assert_eq!(secrets.notion_token.as_ref().unwrap().expose_secret(), "ntn_canary");
        assert!(!format!("{secrets:?}").contains("canary"));
        let both = Environment::of(&[("NOTION_TOKEN_FILE", path), ("NOTION_TOKEN", "x")]);
        assert!(matches!(both.secrets(), Err(EnvironmentError::Both("NOTION_TOKEN"))));
        assert!(Environment::of(&[("NOTION_TOKEN_FILE", "/nowhere")]).secrets().is_err());
    }

    #[test]
    fn the_token_for_metrics_is_none_that_can_be_guessed() {
        let short =
            Environment::of(&[("TOOLBAY_METRICS_TOKEN", "guess-me")]).secrets().unwrap_err().to_string();
        assert_eq!(short, "TOOLBAY_METRICS_TOKEN: it has fewer than 16 characters");
        let long = Environment::of(&[("TOOLBAY_METRICS_TOKEN", "0123456789abcdef")]);
        assert!(long.layer().is_ok() && long.secrets().unwrap().metrics_token.is_some());
    }

    #[test]
    fn a_slip_in_a_list_is_named() {
        let error = Environment::of(&[("TOOLBAY_GRANT_ON_DROP", "notion.read, stat")]).layer().unwrap_err();
        assert!(error.to_string().contains("`stat` is not a capability"));
    }
}
