//! How a number column shows its numbers.

use super::parts::Parts;
use crate::Error;
use crate::{excerpt, names};

/// Formats that are no currency.
const PLAIN: [&str; 3] = ["number", "number_with_commas", "percent"];

/// Currencies by the codes of ISO 4217, which people write, and Notion's names for them.
const CURRENCIES: [(&str, &str); 36] = [
    ("USD", "dollar"),
    ("AUD", "australian_dollar"),
    ("CAD", "canadian_dollar"),
    ("SGD", "singapore_dollar"),
    ("EUR", "euro"),
    ("GBP", "pound"),
    ("JPY", "yen"),
    ("RUB", "ruble"),
    ("INR", "rupee"),
    ("KRW", "won"),
    ("CNY", "yuan"),
    ("BRL", "real"),
    ("TRY", "lira"),
    ("IDR", "rupiah"),
    ("CHF", "franc"),
    ("HKD", "hong_kong_dollar"),
    ("NZD", "new_zealand_dollar"),
    ("SEK", "krona"),
    ("NOK", "norwegian_krone"),
    ("MXN", "mexican_peso"),
    ("ZAR", "rand"),
    ("TWD", "new_taiwan_dollar"),
    ("DKK", "danish_krone"),
    ("PLN", "zloty"),
    ("THB", "baht"),
    ("HUF", "forint"),
    ("CZK", "koruna"),
    ("ILS", "shekel"),
    ("CLP", "chilean_peso"),
    ("PHP", "philippine_peso"),
    ("AED", "dirham"),
    ("COP", "colombian_peso"),
    ("SAR", "riyal"),
    ("MYR", "ringgit"),
    ("RON", "leu"),
    ("ARS", "argentine_peso"),
];

/// Notion's name for a format that a caller wrote, also as the code of a currency. One that is not known here is sent.
pub(super) fn format(parts: &Parts, given: &str) -> Result<String, Error> {
    let wanted = given.trim();
    if let Some((_, name)) = CURRENCIES.iter().find(|(code, _)| code.eq_ignore_ascii_case(wanted)) {
        return Ok((*name).to_owned());
    }
    let name = wanted.to_ascii_lowercase().replace([' ', '-'], "_");
    let known: Vec<&str> = PLAIN.into_iter().chain(CURRENCIES.map(|(_, name)| name)).collect();
    // What has no letters of a name can be none that Notion has added meanwhile.
    if name.is_empty()
        || !name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
        || name.len() <= 3
    {
        return Err(parts.refuse(
            &format!("has the format `{}`, which is none", excerpt(given)),
            &names::valid(wanted, &known),
        ));
    }
    Ok(name)
}
