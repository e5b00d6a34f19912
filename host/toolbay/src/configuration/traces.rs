//! Traces, by what `toolbay.toml` says about them and by OpenTelemetry's own variables.
//!
//! There are traces where an endpoint is named. The variables mean what OpenTelemetry says, as far as they mean anything here; one that
//! can't be meant is an error, where OpenTelemetry would go on without it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use toolbay_http::Reach;
use toolbay_kernel::traces::{Sampler, Share};
use toolbay_kernel::{NoSecret, Secret};
use toolbay_traces::{Headers, NotAHeader, TracesSettings};
use url::Url;

use super::environment::{Environment, EnvironmentError};
use super::traces_layer::TracesLayer;
use super::words;
use super::written::Written;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const TRACES_HEADERS: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// What the host is called unless the operator says otherwise.
const DEFAULT_NAME: &str = "toolbay";

/// Traces, as they are set up.
#[derive(Debug)]
pub struct TracesConfiguration {
    pub settings: TracesSettings,
    pub sampler: Sampler,
}

/// What is wrong with the settings of traces.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// A variable can't be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error("`endpoint` says where traces are sent, such as http://127.0.0.1:4318")]
    NoEndpoint,
    #[error("there is no sampler `{0}`; there are {names}", names = Sampler::NAMES.join(", "))]
    Sampler(String),
    #[error("`share`: {0}")]
    Share(#[from] toolbay_kernel::traces::NotAShare),
    #[error("`share` is for a sampler by ratio, such as parentbased_traceidratio")]
    ShareWithoutRatio,
    #[error("`headers`: {0}")]
    Header(#[from] NotAHeader),
    #[error("`headers`: {0}")]
    Secret(#[from] NoSecret),
    #[error(
        "the collector is on another machine by `http`, and `headers` would be read on the way: use `https`"
    )]
    Unencrypted,
    #[error("the collector's address holds a name and a password; they belong in `headers`")]
    Credentials,
    #[error(transparent)]
    Client(#[from] toolbay_http::SetUpError),
}

impl TracesConfiguration {
    /// Traces; none where no endpoint is named, or a variable turns them off.
    pub(super) fn of(layer: TracesLayer, environment: &Environment) -> Result<Option<Self>, TracesError> {
        let is_off = environment.parsed_by(DISABLED, flag)?.unwrap_or(false)
            || environment.parsed_by(EXPORTER, exporter)? == Some(Exports::Nowhere);
        let endpoint = match environment.parsed_by(TRACES_ENDPOINT, words::url)? {
            Some(whole) => Some(whole),
            None => environment.parsed_by(ENDPOINT, words::url)?.or(layer.endpoint.clone()).map(below),
        };
        if is_off {
            return Ok(None);
        }
        let Some(endpoint) = endpoint else {
            return if layer == TracesLayer::default() { Ok(None) } else { Err(TracesError::NoEndpoint) };
        };
        for name in [TRACES_PROTOCOL, PROTOCOL] {
            environment.parsed_by(name, protocol)?;
        }
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(TracesError::Credentials);
        }
        let headers = headers(environment, layer.headers)?;
        if !headers.is_empty() && endpoint.scheme() != "https" && !Reach::ThisMachine.takes(&endpoint) {
            return Err(TracesError::Unencrypted);
        }
        let resource = environment.parsed_by(RESOURCE, pairs)?.unwrap_or_default();
        let (names, resource): (Vec<_>, Vec<_>) =
            resource.into_iter().partition(|(name, _)| name == "service.name");
        let named = environment.get(SERVICE_NAME).map(str::to_owned).or(layer.service_name);
        let service_name = named.or_else(|| names.into_iter().next().map(|(_, name)| name));
        Ok(Some(Self {
            sampler: sampler(environment, layer.sampler, layer.share)?,
            settings: TracesSettings {
                endpoint,
                headers,
                service_name: service_name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
                service_version: env!("CARGO_PKG_VERSION"),
                resource,
                // Wherever the operator says that the collector is.
                client: toolbay_http::client(Reach::Everywhere)?,
            },
        }))
    }
}

/// The address of traces below the address for everything.
fn below(mut endpoint: Url) -> Url {
    let path = format!("{}/v1/traces", endpoint.path().trim_end_matches('/'));
    endpoint.set_path(&path);
    endpoint
}

fn headers(environment: &Environment, written: BTreeMap<String, Written>) -> Result<Headers, TracesError> {
    for name in [TRACES_HEADERS, HEADERS] {
        let Some(text) = environment.secret_text(name)? else { continue };
        // What is wrong is told without what it is.
        let given = pairs(&text).map_err(|reason| EnvironmentError::Value { name, reason })?;
        let given = given.into_iter().map(|(name, value)| (name, SecretString::from(value)));
        let refused = |error: NotAHeader| EnvironmentError::Value { name, reason: error.to_string() };
        return Ok(Headers::read(given).map_err(refused)?);
    }
    let read = |(name, written): (String, Written)| Ok((name, Secret::from(written).read()?));
    let read: Vec<_> = written.into_iter().map(read).collect::<Result<_, TracesError>>()?;
    Ok(Headers::read(read)?)
}

fn sampler(
    environment: &Environment,
    named: Option<String>,
    share: Option<f64>,
) -> Result<Sampler, TracesError> {
    let argument: Option<Share> = environment.parsed(SAMPLER_ARGUMENT)?;
    if let Some(name) = environment.get(SAMPLER) {
        let reason = || TracesError::Sampler(name.to_owned()).to_string();
        let unknown = || EnvironmentError::Value { name: SAMPLER, reason: reason() };
        return Ok(Sampler::named(name, argument).ok_or_else(unknown)?);
    }
    let share = share.map(Share::try_from).transpose()?;
    match named {
        None if share.is_some() => Err(TracesError::ShareWithoutRatio),
        None => Ok(Sampler::default()),
        Some(name) if share.is_some() && !name.ends_with("traceidratio") => {
            Err(TracesError::ShareWithoutRatio)
        }
        Some(name) => Sampler::named(&name, share).ok_or(TracesError::Sampler(name)),
    }
}

/// `name=value` pairs, separated by commas and written as in a URL (the form of W3C Baggage).
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text.trim()).decode_utf8();
        text.map(|text| text.into_owned()).map_err(|_| "a value is not UTF-8".to_owned())
    };
    text.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (name, value) =
                pair.split_once('=').ok_or("it is a list of name=value, separated by commas")?;
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

#[derive(PartialEq, Eq)]
enum Exports {
    ToACollector,
    Nowhere,
}

fn exporter(text: &str) -> Result<Exports, String> {
    match text {
        "otlp" => Ok(Exports::ToACollector),
        "none" => Ok(Exports::Nowhere),
        _ => Err(format!("`{text}` is no exporter that is here; there are otlp, none")),
    }
}

fn protocol(text: &str) -> Result<(), String> {
    match text {
        "http/protobuf" => Ok(()),
        _ => Err(format!(
            "`{text}` isn't spoken here: http/protobuf, to which every collector listens, mostly at port 4318"
        )),
    }
}

/// OpenTelemetry takes `true` in any letters for true, and all else for false.
fn flag(text: &str) -> Result<bool, String> {
    Ok(text.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Option<TracesConfiguration>, String> {
        let layer: TracesLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        TracesConfiguration::of(layer, &Environment::of(variables)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_an_endpoint_there_are_no_traces() {
        assert!(read("", &[]).unwrap().is_none());
        assert!(read("", &[(SERVICE_NAME, "x"), (HEADERS, "a=b")]).unwrap().is_none());
        assert!(read("service_name = \"x\"", &[]).unwrap_err().contains("`endpoint`"));
        let endpoint = (ENDPOINT, "http://localhost:4318");
        for off in [(DISABLED, "True"), (EXPORTER, "none")] {
            assert!(read("", &[endpoint, off]).unwrap().is_none(), "{off:?}");
        }
    }

    #[test]
    fn the_variables_mean_what_opentelemetry_says_and_win() {
        let file = "endpoint = \"http://127.0.0.1:1/base/\"\nservice_name = \"of-file\"\nheaders = { X-Key = \"a\" }";
        let settings = |variables: &[(&str, &str)]| read(file, variables).unwrap().unwrap().settings;
        assert_eq!(settings(&[]).endpoint.as_str(), "http://127.0.0.1:1/base/v1/traces");
        assert_eq!(settings(&[]).service_name, "of-file");
        let general = (ENDPOINT, "http://127.0.0.1:2");
        assert_eq!(settings(&[general]).endpoint.as_str(), "http://127.0.0.1:2/v1/traces");
        let whole = (TRACES_ENDPOINT, "http://127.0.0.1:3/here");
        assert_eq!(settings(&[general, whole]).endpoint.as_str(), "http://127.0.0.1:3/here");
        let said = settings(&[
            (HEADERS, "authorization=Bearer%20canary,x=y"),
            (RESOURCE, "service.name=of-resource,deployment.environment.name=test"),
            (SERVICE_NAME, "of-variable"),
        ]);
        assert_eq!(said.headers.names().collect::<Vec<_>>(), ["authorization", "x"]);
        assert_eq!(said.service_name, "of-variable");
        assert_eq!(said.resource, [("deployment.environment.name".to_owned(), "test".to_owned())]);
        assert!(!format!("{said:?}").contains("canary"));
    }

    #[test]
    fn a_secret_comes_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("headers");
        std::fs::write(&file, "authorization=Bearer%20canary\n").unwrap();
        let file = file.to_str().unwrap();
        let endpoint = (ENDPOINT, "http://localhost:4318");
        let traces = read("", &[endpoint, ("OTEL_EXPORTER_OTLP_HEADERS_FILE", file)]).unwrap().unwrap();
        assert_eq!(traces.settings.headers.names().collect::<Vec<_>>(), ["authorization"]);
        let text = format!(
            "endpoint = \"http://localhost\"\nheaders = {{ authorization = {{ file = \"{file}\" }} }}"
        );
        assert!(!read(&text, &[]).unwrap().unwrap().settings.headers.is_empty());
    }

    #[test]
    fn samplers_have_opentelemetrys_names() {
        let endpoint = (ENDPOINT, "http://localhost:4318");
        let sampler = |text: &str, variables: &[(&str, &str)]| {
            let variables = [&[endpoint][..], variables].concat();
            read(text, &variables).map(|traces| traces.unwrap().sampler)
        };
        assert_eq!(sampler("", &[]), Ok(Sampler::default()));
        let tenth = Sampler::named("parentbased_traceidratio", "0.1".parse().ok());
        assert_eq!(sampler("sampler = \"parentbased_traceidratio\"\nshare = 0.1", &[]).ok(), tenth);
        let by_variables = [(SAMPLER, "parentbased_traceidratio"), (SAMPLER_ARGUMENT, "0.1")];
        assert_eq!(sampler("sampler = \"always_off\"", &by_variables).ok(), tenth);
        for (text, variables, why) in [
            ("sampler = \"xray\"", &[][..], "there is no sampler `xray`"),
            ("", &[(SAMPLER, "xray")], "OTEL_TRACES_SAMPLER: there is no sampler `xray`"),
            ("", &[(SAMPLER_ARGUMENT, "2")], "OTEL_TRACES_SAMPLER_ARG: a share"),
            ("sampler = \"traceidratio\"\nshare = 2.0", &[], "from 0 to 1"),
            ("share = 0.5", &[], "by ratio"),
            ("sampler = \"always_on\"\nshare = 0.5", &[], "by ratio"),
        ] {
            let said = sampler(text, variables).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn what_can_not_work_is_refused_without_what_is_secret() {
        let there = (ENDPOINT, "http://collector.example:4318");
        for (text, variables, why) in [
            ("", &[(ENDPOINT, "collector:4318")][..], "OTEL_EXPORTER_OTLP_ENDPOINT: "),
            ("", &[there, (PROTOCOL, "grpc")], "http/protobuf"),
            ("", &[there, (EXPORTER, "zipkin")], "`zipkin` is no exporter"),
            ("", &[there, (HEADERS, "authorization=canary")], "use `https`"),
            ("", &[there, (HEADERS, "canary")], "name=value"),
            ("", &[there, (HEADERS, "a=canary%0a")], "the value of `a`"),
            ("", &[(ENDPOINT, "https://me:canary@collector.example")], "belong in `headers`"),
            ("endpoint = \"nowhere\"", &[], "not an address on the web"),
            ("endpoints = \"http://x\"", &[], "endpoints"),
            (
                "endpoint = \"http://localhost\"\nheaders = { a = { env = \"TOOLBAY_TEST_UNSET\" } }",
                &[],
                "isn't set",
            ),
        ] {
            let said = read(text, variables).unwrap_err();
            assert!(said.contains(why) && !said.contains("canary"), "{said}");
        }
    }
}
