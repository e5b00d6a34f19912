//! A collector for one test: it takes what OTLP over HTTP brings, and gives it back as spans.

use std::collections::BTreeMap;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use toolbay::configuration::TracesConfiguration;
use toolbay::{Configuration, Environment};

pub(super) struct Collector {
    pub(super) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// One request.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// A span as a test reads it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) trace: String,
    pub(super) id: String,
    /// Empty where there is none.
    pub(super) parent: String,
    pub(super) name: String,
    /// As OTLP numbers them: 1 internal, 2 server, 3 client, 5 consumer.
    pub(super) kind: i32,
    pub(super) is_error: bool,
    pub(super) attributes: BTreeMap<String, String>,
    /// The spans that it goes on with.
    pub(super) links: Vec<String>,
    /// The host, by the id that it drew.
    pub(super) instance: String,
}

impl Told {
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

impl Collector {
    /// One that answers every request with this line, such as `200 OK`.
    pub(super) async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::<Mutex<Vec<Taken>>>::default();
        let kept = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move { serve(stream, answer, &kept).await });
            }
        });
        Self { url, taken }
    }

    /// Lets a host send there, by the variables that an operator would set.
    pub(super) fn configure(&self, configuration: &mut Configuration) {
        configuration.traces = traces(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.url),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-collector"),
        ]);
    }

    pub(super) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().clone()
    }

    pub(super) fn spans(&self) -> Vec<Told> {
        let requests = self.taken();
        let requests = requests.iter().map(|taken| ExportTraceServiceRequest::decode(&*taken.body).unwrap());
        let mut spans = Vec::new();
        for of_host in requests.flat_map(|request| request.resource_spans) {
            let resource = attributes(&of_host.resource.unwrap().attributes);
            assert_eq!(resource["service.name"], "toolbay");
            let told = of_host.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.extend(told.map(|span| read(span, &resource["service.instance.id"])));
        }
        spans
    }
}

/// What the environment alone says of traces.
pub(super) fn traces(variables: &[(&str, &str)]) -> Option<TracesConfiguration> {
    let data = [("TOOLBAY_DATA_DIR", "/tmp/x")];
    let variables = [&data[..], variables].concat();
    Configuration::resolve(toolbay::Layer::default(), &Environment::of(&variables)).unwrap().traces
}

fn read(span: Span, instance: &str) -> Told {
    assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
    Told {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
        kind: span.kind,
        is_error: span.status.is_some_and(|status| status.code == 2),
        attributes: attributes(&span.attributes),
        links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
        instance: instance.to_owned(),
    }
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let value = |pair: &KeyValue| match pair.value.clone().unwrap().value.unwrap() {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), value(pair))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One connection, whose requests have a length.
async fn serve(mut stream: TcpStream, answer: &str, taken: &Mutex<Vec<Taken>>) {
    let mut read = Vec::new();
    loop {
        let end = read.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(read[..end].to_vec()).unwrap().to_lowercase();
            let length: usize =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            if read.len() >= end + 4 + length {
                let body = read[end + 4..end + 4 + length].to_vec();
                read.drain(..end + 4 + length);
                taken.lock().push(Taken { head, body });
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
                continue;
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return;
        }
    }
}
