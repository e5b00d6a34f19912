//! `/metrics`: what is measured of this host, for Prometheus and whoever else reads `OpenMetrics`.
//!
//! It is for the operator: names of tools say what a company works with. So it needs the token of `TOOLBAY_METRICS_TOKEN`, or one that
//! administers. Everything is read when it is asked for, and nothing but additions is done before.

mod families;
mod process;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use prometheus_client::registry::Registry;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use toolbay_kernel::{Code, Problem};

use self::families::Families;
use self::process::Process;
pub(crate) use self::requests::Requests;
use crate::Gateway;
use crate::envelope::Refusal;
use crate::{administers, authentication};

/// The media type of `OpenMetrics` (its specification, 1.0, "Overall Structure").
const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// How long the store may take to count: a scraper waits ten seconds for all of it.
const STORE_TIME: Duration = Duration::from_secs(3);

/// Answers with everything that is measured.
pub(crate) async fn show(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    match told(&gateway, &asked).await {
        Ok(text) => ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn told(gateway: &Gateway, asked: &Parts) -> Result<String, Refusal> {
    if !brings(gateway.settings.metrics_token.as_ref(), &asked.headers) {
        let principal =
            authentication::principal(gateway, &asked.uri, &asked.extensions, &asked.headers).await?;
        administers::required(&principal)?;
    }
    let mut registry = Registry::with_prefix("toolbay");
    registry.register_collector(Box::new(families(gateway).await));
    let mut process = Registry::default();
    process.register_collector(Box::new(Process::read()));
    let mut text = String::new();
    prometheus_client::encoding::text::encode_registry(&mut text, &registry)
        .and_then(|()| prometheus_client::encoding::text::encode_registry(&mut text, &process))
        .and_then(|()| prometheus_client::encoding::text::encode_eof(&mut text))
        .map_err(|error| Problem::new(Code::Failed, "what is measured can't be written").caused_by(error))?;
    Ok(text)
}

/// Whether a request brings the token that was made for this. How much of it is right can't be told by the time that this takes.
fn brings(token: Option<&SecretString>, headers: &HeaderMap) -> bool {
    let (Some(token), Some(brought)) = (token, authentication::bearer(headers)) else { return false };
    token.expose_secret().as_bytes().ct_eq(brought.expose_secret().as_bytes()).into()
}

async fn families(gateway: &Gateway) -> Families {
    let open = tokio::time::timeout(STORE_TIME, gateway.activity.open_runs()).await;
    Families {
        version: gateway.settings.version,
        is_ready: gateway.ground.check().await.is_ok(),
        tools: gateway.catalogs.current().tools().count(),
        tallies: gateway.dispatcher.tallies(),
        measured: gateway.dispatcher.measured(),
        requests: gateway.edge.requests.counts(),
        spans: gateway.dispatcher.traces().counts(),
        open_runs: open.ok().and_then(Result::ok),
    }
}
