//! `GET /v1/activity/{call}`: one call, with all that is known of it.

use axum::response::Response;
use serde_json::{Value, json};
use toolbay_kernel::activity::{CallDetail, EffectDetail, NestedCall, Reader};
use toolbay_kernel::{Catalog, Code, Principal};

use super::told::{at, event_with_details, object};
use crate::Gateway;
use crate::envelope::{Refusal, of_host};

/// Shows a call, by its own id or that of its job.
pub(crate) async fn show(
    gateway: &Gateway,
    catalog: &Catalog,
    principal: &Principal,
    id: &str,
) -> Result<Response, Refusal> {
    let reader = Reader { principal, administers: principal.administers };
    // What can't be an id is nobody's.
    let id = id.parse().unwrap_or_default();
    let detail = gateway.activity.call(&gateway.dispatcher, reader, id).await?;
    Ok(of_host(&told(&detail, catalog)))
}

fn told(detail: &CallDetail, catalog: &Catalog) -> Value {
    let title = catalog.get(detail.tool.as_str()).map(|tool| tool.definition.title.as_str());
    let ended = detail.ended.as_ref();
    let code = ended.and_then(|(_, ended)| ended.code);
    let outcome = match (ended, code) {
        (None, _) => "begun",
        (Some(_), code) => code.map_or("ok", Code::as_str),
    };
    let mut told = object([
        ("call", json!(detail.call)),
        ("tool", json!(detail.tool)),
        ("title", json!(title)),
        ("principal", json!({"id": detail.by.principal, "name": detail.by.name})),
        ("surface", json!(detail.by.surface.as_str())),
        ("connection_id", json!(detail.connection)),
        ("connection_name", json!(detail.connection_name)),
        ("parent", json!(detail.parent)),
        ("started_at", json!(at(detail.started_at))),
        ("outcome", json!(outcome)),
        ("code", json!(code)),
        ("summary", json!(ended.map(|(_, ended)| &ended.summary))),
        ("duration_ms", json!(ended.map(|(_, ended)| ended.duration_ms))),
        ("job_id", json!(detail.job)),
        ("arguments", json!(detail.arguments)),
        ("effects", detail.effects.iter().map(effect).collect()),
        ("calls", detail.calls.iter().map(nested).collect()),
        ("has_more", json!(detail.has_more)),
        ("events", detail.events.iter().map(event_with_details).collect()),
    ]);
    // One that hasn't ended says so.
    told.insert("ended_at".to_owned(), json!(ended.and_then(|(time, _)| at(*time))));
    Value::Object(told)
}

fn effect(told: &EffectDetail) -> Value {
    let EffectDetail { seq, at: time, call, effect, places, sent, after } = told;
    let ids = effect.ids.iter().enumerate().map(|(index, id)| {
        let place = places.get(index).and_then(Option::as_ref);
        Value::Object(object([("id", json!(id)), ("url", json!(place))]))
    });
    Value::Object(object([
        ("number", json!(seq)),
        ("at", json!(at(*time))),
        ("call", json!(call)),
        ("tool", json!(effect.tool)),
        ("egress", json!(effect.egress)),
        ("route", json!(effect.route)),
        ("target", json!(effect.target)),
        ("outcome", json!(effect.code.map_or("ok", Code::as_str))),
        ("code", json!(effect.code)),
        ("ids", ids.collect()),
        ("request_id", json!(effect.request_id)),
        ("sent", json!(sent)),
        ("after", json!(after)),
    ]))
}

fn nested(call: &NestedCall) -> Value {
    let code = call.ended.as_ref().map(|ended| ended.code);
    let outcome = code.map_or("begun", |code| code.map_or("ok", Code::as_str));
    Value::Object(object([
        ("call", json!(call.call)),
        ("tool", json!(call.tool)),
        ("surface", json!(call.surface.as_str())),
        ("started_at", json!(at(call.started_at))),
        ("outcome", json!(outcome)),
        ("summary", json!(call.ended.as_ref().map(|ended| &ended.summary))),
        ("duration_ms", json!(call.ended.as_ref().map(|ended| ended.duration_ms))),
    ]))
}
