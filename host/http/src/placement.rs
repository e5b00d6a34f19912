//! Secrets of the operator's, put into a request at the last moment: after the journal has it, and where no guest sees it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use reqwest::Url;
use reqwest::header::HeaderName;
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::capability::Scope;
use toolbay_kernel::{NoSecret, Secret};

use crate::address::Address;
use crate::members::{self, Members};
use crate::template::Template;

/// Shortest secret, in bytes: a shorter one couldn't be taken out of answers without blotting out ordinary words.
const SHORTEST: usize = 8;

/// Longest, in bytes: what is cut out of an answer is longer than its longest form.
const LONGEST: usize = 4 * 1024;

/// Which secrets go where.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    /// The place whose requests get them.
    pub(crate) to: Scope,
    /// Its scheme and host.
    pub(crate) host: String,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) query: Vec<(String, Template)>,
    /// By the members of a JSON body that lead there, for requests that write: others have no body.
    pub(crate) body: Vec<(Vec<String>, Template)>,
}

/// Why secrets can't be placed. It has no value of one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPlaced {
    #[error("the secret `{0}` can't be had: {1}")]
    Away(String, NoSecret),
    #[error("the secret `{0}` doesn't have {SHORTEST} to {LONGEST} bytes")]
    Length(String),
    #[error("a secret has characters that a header can't have")]
    Header,
    #[error("a secret has its place in a JSON body, and the body has no object there")]
    Body,
    #[error("the secrets can't be read in time")]
    Late,
}

impl Placement {
    /// Whether requests to an address get its secrets.
    pub(crate) fn is_for(&self, address: &Address) -> bool {
        self.to.covers(&format!("- {}", address.place()))
    }

    /// The names of its secrets.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let templates = self.headers.iter().map(|(_, template)| template);
        let templates = templates.chain(self.query.iter().map(|(_, template)| template));
        let templates = templates.chain(self.body.iter().map(|(_, template)| template));
        templates.flat_map(Template::names).collect()
    }

    /// Puts the secrets into a request. What the guest gave in their place is gone.
    pub(crate) fn place(
        &self,
        request: &mut reqwest::Request,
        secrets: &HashMap<String, SecretString>,
    ) -> Result<(), NotPlaced> {
        for (name, template) in &self.headers {
            let text = template.filled(secrets).ok_or(NotPlaced::Header)?;
            let mut value = text.parse::<reqwest::header::HeaderValue>().map_err(|_| NotPlaced::Header)?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        for (name, template) in &self.query {
            let text = template.filled(secrets).ok_or(NotPlaced::Header)?;
            set_parameter(request.url_mut(), name, &text);
        }
        if !self.body.is_empty() && !request.method().is_safe() {
            let body = request.body().and_then(reqwest::Body::as_bytes).ok_or(NotPlaced::Body)?;
            let mut object: Members = serde_json::from_slice(body).map_err(|_| NotPlaced::Body)?;
            for (path, template) in &self.body {
                let text = template.filled(secrets).ok_or(NotPlaced::Body)?;
                members::set(&mut object, path, &text).ok_or(NotPlaced::Body)?;
            }
            let body = serde_json::to_vec(&object).map_err(|_| NotPlaced::Body)?;
            *request.body_mut() = Some(body.into());
        }
        Ok(())
    }
}

/// The secrets that some placements name. Files are read, which blocks the thread.
pub(crate) fn read(
    placements: &[Placement],
    known: &BTreeMap<String, Secret>,
) -> Result<HashMap<String, SecretString>, NotPlaced> {
    let mut secrets = HashMap::new();
    for name in placements.iter().flat_map(Placement::names) {
        // The settings were refused where one isn't known.
        let Some(secret) = known.get(name) else { continue };
        let value = secret.read().map_err(|error| NotPlaced::Away(name.to_owned(), error))?;
        if !(SHORTEST..=LONGEST).contains(&value.expose_secret().len()) {
            return Err(NotPlaced::Length(name.to_owned()));
        }
        secrets.insert(name.to_owned(), value);
    }
    Ok(secrets)
}

/// The secrets of further placements, as far as they can be had: they are only looked for. Files are read, which blocks the thread.
pub(crate) fn read_beside(
    placements: &[Placement],
    known: &BTreeMap<String, Secret>,
    secrets: &mut HashMap<String, SecretString>,
) {
    for name in placements.iter().flat_map(Placement::names) {
        if secrets.contains_key(name) {
            continue;
        }
        let Some(Ok(value)) = known.get(name).map(Secret::read) else { continue };
        if (SHORTEST..=LONGEST).contains(&value.expose_secret().len()) {
            secrets.insert(name.to_owned(), value);
        }
    }
}

/// Adds a parameter, in the place of any of its name. The others stay as they were written.
fn set_parameter(url: &mut Url, name: &str, value: &str) {
    let is_other = |pair: &&str| {
        let first = url::form_urlencoded::parse(pair.as_bytes()).next();
        first.is_some_and(|(other, _)| other != name)
    };
    let others: Vec<&str> = url.query().unwrap_or_default().split('&').filter(is_other).collect();
    let others = others.join("&");
    url.set_query(Some(&others).filter(|others| !others.is_empty()).map(String::as_str));
    url.query_pairs_mut().append_pair(name, value);
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn placement() -> Placement {
        let template = || Template::parse("Bearer {weather}").unwrap();
        Placement {
            to: Scope::Within(vec!["- a.example/v1/*".to_owned()]),
            host: "a.example".to_owned(),
            headers: vec![(HeaderName::from_static("authorization"), template())],
            query: vec![("key".to_owned(), template())],
            body: vec![(vec!["auth".to_owned(), "key".to_owned()], template())],
        }
    }

    fn request(url: &str, body: &str) -> reqwest::Request {
        let mut request = reqwest::Request::new(Method::POST, url.parse().unwrap());
        request.headers_mut().insert("authorization", "guest".parse().unwrap());
        *request.body_mut() = Some(body.to_owned().into());
        request
    }

    #[test]
    fn secrets_stand_where_the_operator_said_and_nothing_of_the_guests_beside_them() {
        let secrets = HashMap::from([("weather".to_owned(), "canary&01".into())]);
        let mut placed = request("https://a.example/v1/x?a;b&k%65y=guest&c", r#"{"auth":{"key":1,"x":2}}"#);
        placement().place(&mut placed, &secrets).unwrap();
        assert_eq!(placed.url().query(), Some("a;b&c&key=Bearer+canary%2601"));
        let authorization = placed.headers().get_all("authorization").iter().collect::<Vec<_>>();
        assert_eq!(authorization, ["Bearer canary&01"]);
        assert!(authorization[0].is_sensitive());
        let body: serde_json::Value =
            serde_json::from_slice(placed.body().unwrap().as_bytes().unwrap()).unwrap();
        assert_eq!(body, serde_json::json!({"auth": {"key": "Bearer canary&01", "x": 2}}));
        for body in ["", "[]", "{}", r#"{"auth":1}"#] {
            let error =
                placement().place(&mut request("https://a.example/v1/x", body), &secrets).unwrap_err();
            assert!(matches!(error, NotPlaced::Body), "{body}");
        }
    }

    #[test]
    fn a_request_that_reads_has_no_body_to_put_secrets_into() {
        let secrets = HashMap::from([("weather".to_owned(), "canary&01".into())]);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let mut placed = reqwest::Request::new(method, "https://a.example/v1/x".parse().unwrap());
            placement().place(&mut placed, &secrets).unwrap();
            assert!(placed.body().is_none() && placed.headers().contains_key("authorization"));
        }
    }

    #[test]
    fn another_place_gets_none() {
        for (address, is_for) in [
            ("https://a.example/v1/x", true),
            ("https://a.example/v2/x", false),
            ("http://a.example/v1/x", false),
            ("https://a.example:444/v1/x", false),
            ("https://b.example/v1/x", false),
        ] {
            assert_eq!(placement().is_for(&Address::parse(address).unwrap()), is_for, "{address}");
        }
    }

    #[test]
    fn what_can_not_be_taken_out_of_answers_again_is_not_sent() {
        for (value, is_right) in [("1234567", false), ("12345678", true), (&"x".repeat(5_000), false)] {
            let known = BTreeMap::from([("weather".to_owned(), Secret::Text(value.to_owned().into()))]);
            assert_eq!(read(&[placement()], &known).is_ok(), is_right);
        }
    }
}
