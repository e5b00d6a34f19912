//! What `toolbay.toml` says of the public integration.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::origin::is_origin;

/// `[oauth]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthLayer {
    /// Origins beside the public one that people may be sent to when they have connected a workspace.
    #[serde(default, deserialize_with = "origins")]
    pub return_origins: Vec<Url>,
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Url>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parsed = texts.into_iter().map(|text| match text.parse::<Url>() {
        Ok(url) if is_origin(&url) => Ok(url),
        _ => Err(D::Error::custom(format!(
            "`{text}` is not an origin, such as https://app.example.com, without path or query"
        ))),
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_origins() {
        let layer: OAuthLayer = toml::from_str("return_origins = [\"https://app.example.com\"]").unwrap();
        assert_eq!(layer.return_origins.len(), 1);
        for bad in ["https://app.example.com/path", "app.example.com", "javascript:1"] {
            let text = format!("return_origins = [\"{bad}\"]");
            assert!(
                toml::from_str::<OAuthLayer>(&text).unwrap_err().to_string().contains("is not an origin")
            );
        }
        assert!(toml::from_str::<OAuthLayer>("returns = []").is_err());
    }
}
