//! `/v1/administration/status`: how the host is.

use axum::response::Response;
use serde_json::json;
use time::OffsetDateTime;
use toolbay_kernel::Problem;

use super::AdministrationPorts;
use crate::asked::{Asked, moment};
use crate::envelope::{Refusal, of_host};

/// What runs, and what waits for the operator.
pub(super) async fn show(ports: &AdministrationPorts, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let (gateway, now) = (asked.gateway, OffsetDateTime::now_utc());
    let tokens = ports.records.tokens().await.map_err(Problem::from)?;
    let connections = ports.records.connections().await.map_err(Problem::from)?;
    let jobs = ports.records.jobs().await.map_err(Problem::from)?;
    let plugins = ports.plugins.plugins();
    let count = |status: &str| plugins.iter().filter(|plugin| plugin.status == status).count();
    let upstreams: Vec<_> = ports.upstreams.servers().into_iter().map(|server| server.health).collect();
    let loading = gateway.catalogs.loading();
    let mut told = json!({
        "version": gateway.settings.version,
        "since": moment(ports.facts.since),
        "public_url": gateway.settings.public_url.as_str(),
        "database": ports.facts.database,
        "loading": loading.map(|loading| json!({"read": loading.read, "all": loading.all})),
        "plugins": {"live": count("live"), "refused": count("refused")},
        "tools": gateway.catalogs.current().tools().count(),
        "counts": {
            "connections": connections.len(),
            "connections_to_renew": connections.iter().filter(|record| record.broken_at.is_some()).count(),
            "tokens": tokens.iter().filter(|token| token.is_in_force(now)).count(),
            "open_jobs": jobs.iter().filter(|job| job.ended_at.is_none()).count(),
        },
        "upstreams": upstreams,
        "left_out": ports.plugins.left_out(),
    });
    if let (Some(address), Some(members)) = (ports.facts.address.get(), told.as_object_mut()) {
        members.insert("address".into(), address.to_string().into());
    }
    Ok(of_host(&told))
}
