//! Spans on their way to a collector, by OTLP over HTTP.
//!
//! Nobody who makes a call waits for this. An ended span is put into a bounded queue ([`Exporter`]); one that doesn't fit is dropped and
//! counted. A task takes what has come together and sends it, one request after the other. A collector that is away or too slow costs
//! spans, and nothing else.
//!
//! The messages are those of OpenTelemetry's own crate; the client is that of `host/http`. The SDK's tracer isn't used: where a span
//! begins and what it says is the kernel's, and the SDK's queue doesn't say what it drops.

mod batch;
mod counts;
mod delivery;
mod exporter;
mod settings;
mod wire;

pub use exporter::Exporter;
pub use settings::{Headers, NotAHeader, TracesSettings};
