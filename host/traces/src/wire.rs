//! Spans as OTLP has them.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind as Kind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use toolbay_kernel::traces::{EndedSpan, SpanKind, TraceContext, Value};
use uuid::Uuid;

use crate::settings::TracesSettings;

/// The flag of a span of which it is known whether its parent is of another process, and that which says that it is.
const KNOWS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// What every request says of its sender.
pub(crate) struct Wire {
    resource: Resource,
    scope: InstrumentationScope,
}

impl Wire {
    pub(crate) fn new(settings: &TracesSettings) -> Self {
        let own = [
            ("service.name", settings.service_name.clone()),
            ("service.version", settings.service_version.to_owned()),
            // One host of several, for as long as it runs.
            ("service.instance.id", Uuid::new_v4().to_string()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        // What the operator says wins; the name has a setting of its own.
        let said =
            |name: &str| name != "service.name" && settings.resource.iter().any(|(key, _)| key == name);
        let operators = settings.resource.iter().filter(|(name, _)| name != "service.name").cloned();
        let attributes = own.into_iter().filter(|(name, _)| !said(name)).chain(operators);
        let attributes = attributes.map(|(name, value)| pair(&name, any_value::Value::StringValue(value)));
        Self {
            resource: Resource { attributes: attributes.collect(), ..Resource::default() },
            scope: InstrumentationScope {
                name: "toolbay".to_owned(),
                version: settings.service_version.to_owned(),
                ..InstrumentationScope::default()
            },
        }
    }

    /// The request that tells of these.
    pub(crate) fn request(&self, spans: Vec<EndedSpan>) -> ExportTraceServiceRequest {
        let scope_spans = ScopeSpans {
            scope: Some(self.scope.clone()),
            spans: spans.into_iter().map(span).collect(),
            schema_url: String::new(),
        };
        let of_host = ResourceSpans {
            resource: Some(self.resource.clone()),
            scope_spans: vec![scope_spans],
            schema_url: String::new(),
        };
        ExportTraceServiceRequest { resource_spans: vec![of_host] }
    }
}

fn span(ended: EndedSpan) -> Span {
    let remote = if ended.is_parent_remote { IS_REMOTE } else { 0 };
    let code = if ended.is_error { StatusCode::Error } else { StatusCode::Unset };
    Span {
        trace_id: trace_id(&ended.context),
        span_id: span_id(&ended.context),
        parent_span_id: ended.parent.map(|id| id.get().to_be_bytes().to_vec()).unwrap_or_default(),
        flags: flags(&ended.context) | KNOWS_REMOTE | remote,
        name: ended.name,
        kind: kind(ended.kind).into(),
        start_time_unix_nano: nanoseconds(ended.begun),
        end_time_unix_nano: nanoseconds(ended.ended),
        attributes: ended
            .attributes
            .into_iter()
            .map(|(name, told)| pair(name.as_str(), value(told)))
            .collect(),
        links: ended.link.iter().map(link).collect(),
        status: Some(Status { code: code.into(), message: String::new() }),
        ..Span::default()
    }
}

fn link(to: &TraceContext) -> Link {
    Link {
        trace_id: trace_id(to),
        span_id: span_id(to),
        flags: flags(to) | KNOWS_REMOTE | IS_REMOTE,
        ..Link::default()
    }
}

fn trace_id(context: &TraceContext) -> Vec<u8> {
    context.trace().get().to_be_bytes().to_vec()
}

fn span_id(context: &TraceContext) -> Vec<u8> {
    context.span().get().to_be_bytes().to_vec()
}

fn flags(context: &TraceContext) -> u32 {
    u32::from(context.is_sampled())
}

fn kind(kind: SpanKind) -> Kind {
    match kind {
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Internal => Kind::Internal,
        SpanKind::Consumer => Kind::Consumer,
    }
}

fn value(told: Value) -> any_value::Value {
    match told {
        Value::Text(text) => any_value::Value::StringValue(text.into_owned()),
        Value::Number(number) => any_value::Value::IntValue(number),
    }
}

fn pair(name: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
