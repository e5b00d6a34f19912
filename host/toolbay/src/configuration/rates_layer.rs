//! What `toolbay.toml` says about how many requests are taken.

use std::str::FromStr;

use serde::Deserialize;
use toolbay_gateway::{NoRate, Rate, RateSettings};

/// `[rates]` in `toolbay.toml`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatesLayer {
    /// Requests of one address [default: 6000/minute].
    pub address: Option<Bound>,
    /// Requests of one principal [default: none].
    pub principal: Option<Bound>,
    /// Requests of one address with a token that isn't known [default: 120/minute].
    pub wrong_tokens: Option<Bound>,
}

/// A rate, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bound(Option<Rate>);

impl FromStr for Bound {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|rate| Self(Some(rate))) }
    }
}

impl TryFrom<String> for Bound {
    type Error = NoRate;

    fn try_from(text: String) -> Result<Self, NoRate> {
        text.parse()
    }
}

impl RatesLayer {
    /// What is in force.
    pub(super) fn resolve(self) -> RateSettings {
        let default = RateSettings::default();
        let bound = |said: Option<Bound>, default| said.map_or(default, |Bound(rate)| rate);
        RateSettings {
            address: bound(self.address, default.address),
            wrong_tokens: bound(self.wrong_tokens, default.wrong_tokens),
            principal: bound(self.principal, default.principal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default_and_none_is_no_bound() {
        let layer: RatesLayer = toml::from_str("address = \"none\"\nprincipal = \"600/minute\"").unwrap();
        let rates = layer.resolve();
        assert_eq!((rates.address, rates.principal), (None, Some("600/minute".parse().unwrap())));
        assert_eq!(rates.wrong_tokens, RateSettings::default().wrong_tokens);
        for bad in ["address = 600", "address = \"600\"", "adress = \"none\""] {
            assert!(toml::from_str::<RatesLayer>(bad).is_err(), "{bad}");
        }
    }
}
