//! The families of metrics, as they are told.
//!
//! The labels are words of the host, and names of tools, of which there are at most as many as [`MAX_NAMED`]: those of further tools
//! are told together, as `(other)`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use toolbay_kernel::ToolName;
use toolbay_kernel::activity::OpenRuns;
use toolbay_kernel::metrics::{Measured, Spread};
use toolbay_kernel::tally::Counts;
#[cfg(doc)]
use toolbay_kernel::tally::MAX_NAMED;
use toolbay_kernel::traces::SpanCounts;

/// What stands in the place of the name of a tool that isn't named. No tool can have it.
const OTHER: &str = "(other)";

/// No label.
type Without = [(&'static str, &'static str); 0];

/// What is measured, at one moment.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) version: &'static str,
    pub(super) is_ready: bool,
    /// Tools of the catalog.
    pub(super) tools: usize,
    pub(super) tallies: HashMap<ToolName, Counts>,
    pub(super) measured: Measured,
    /// Requests, by kind of address and class of status.
    pub(super) requests: Vec<(&'static str, &'static str, u64)>,
    /// What became of spans; none where there are no traces.
    pub(super) spans: Option<SpanCounts>,
    /// None when the store didn't say.
    pub(super) open_runs: Option<OpenRuns>,
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut told = Told(&mut encoder);
        self.host(&mut told)?;
        self.calls(&mut told)?;
        self.effects(&mut told)?;
        self.spans(&mut told)
    }
}

impl Families {
    fn host(&self, told: &mut Told<'_, '_>) -> fmt::Result {
        let version = [("version", self.version)];
        told.gauges("build", "The version, as label of a 1", [(version, 1)])?;
        told.gauges(
            "ready",
            "1 when the host can serve, as /readyz says",
            [(WITHOUT, u64::from(self.is_ready))],
        )?;
        told.gauges("tools", "Tools of the catalog", [(WITHOUT, self.tools as u64)])?;
        let requests = self
            .requests
            .iter()
            .map(|(place, class, count)| ([("place", *place), ("status", *class)], *count));
        told.counters(
            "http_requests",
            "Requests over HTTP, by kind of address and class of status",
            requests,
        )?;
        told.gauges(
            "store_up",
            "1 when the store answered",
            [(WITHOUT, u64::from(self.open_runs.is_some()))],
        )?;
        let Some(open) = &self.open_runs else { return Ok(()) };
        told.gauges(
            "open_runs",
            "Calls whose run hasn't ended, of all hosts on the store",
            [(WITHOUT, open.calls)],
        )?;
        let jobs = [("queued", open.queued), ("running", open.running), ("waiting", open.waiting)];
        let jobs = jobs.map(|(status, count)| ([("status", status)], count));
        told.gauges("jobs", "Jobs that haven't ended, of all hosts on the store", jobs)
    }

    fn calls(&self, told: &mut Told<'_, '_>) -> fmt::Result {
        told.gauges(
            "calls_running",
            "Calls that run now, also those that a tool makes",
            [(WITHOUT, self.measured.running)],
        )?;
        let times =
            self.measured.calls.iter().map(|(surface, spread)| ([("surface", surface.as_str())], spread));
        told.histograms("call_duration", "How long calls took, by the way in", times)?;
        let tools = self.by_name();
        let ends = tools.iter().flat_map(|(tool, counts)| {
            let codes = counts.by_code().map(|(code, count)| (code.as_str(), count));
            let ends =
                std::iter::once(("ok", counts.succeeded())).chain(codes.filter(|(_, count)| *count > 0));
            ends.map(move |(outcome, count)| ([("tool", *tool), ("outcome", outcome)], count))
        });
        told.counters(
            "calls",
            "Calls that have ended, by tool, and by `ok` or the code that the caller read",
            ends,
        )?;
        let of = |number: fn(&Counts) -> f64| {
            tools.iter().map(move |(tool, counts)| ([("tool", *tool)], number(counts)))
        };
        let seconds = of(|counts| counts.total_ms as f64 / 1_000.0);
        told.seconds("tool", "Time that the calls of a tool took", seconds)?;
        let cpu = of(|counts| counts.cpu.as_secs_f64());
        told.seconds("plugin_cpu", "CPU time of a tool's plugin within its calls", cpu)?;
        let memory = tools.iter().map(|(tool, counts)| ([("tool", *tool)], counts.max_memory_bytes));
        told.gauges("plugin_memory_max_bytes", "The most memory that one call of a tool's plugin had", memory)
    }

    fn effects(&self, told: &mut Told<'_, '_>) -> fmt::Result {
        let effects = &self.measured.effects;
        let sent = effects.iter().flat_map(|(egress, counts)| {
            let sent = counts.sent.iter().filter(|(.., count)| *count > 0);
            sent.map(move |(writes, outcome, count)| {
                let access = if *writes { "writes" } else { "reads" };
                ([("egress", *egress), ("access", access), ("outcome", outcome.as_str())], *count)
            })
        });
        told.counters("effects", "Requests to the outside, each time that one was sent", sent)?;
        let remembered = effects.iter().map(|(egress, counts)| ([("egress", *egress)], counts.remembered));
        told.counters("effects_remembered", "Reads that were answered from the cache", remembered)?;
        let waits = effects.iter().map(|(egress, counts)| ([("egress", *egress)], &counts.waits));
        told.histograms(
            "budget_wait",
            "How long requests to the outside waited for their place in the budget",
            waits,
        )?;
        let times = effects.iter().map(|(egress, counts)| ([("egress", *egress)], &counts.sendings));
        told.histograms("effect_duration", "How long the outside took to answer", times)
    }

    fn spans(&self, told: &mut Told<'_, '_>) -> fmt::Result {
        let Some(SpanCounts { sent, dropped }) = self.spans else { return Ok(()) };
        let counts = [("sent", sent), ("dropped", dropped)];
        let counts = counts.map(|(outcome, count)| ([("outcome", outcome)], count));
        told.counters("spans", "Spans of traces that the collector took, and those that were dropped", counts)
    }

    /// The counts of each tool that is named, and those of all others together.
    fn by_name(&self) -> BTreeMap<&str, Counts> {
        let mut named = BTreeMap::new();
        for (tool, counts) in &self.tallies {
            let name = if counts.is_named { tool.as_str() } else { OTHER };
            let known: Counts = named.remove(name).unwrap_or_default();
            named.insert(name, known.and(counts));
        }
        named
    }
}

const WITHOUT: Without = [];

/// What has been told so far.
struct Told<'a, 'b>(&'a mut DescriptorEncoder<'b>);

impl Told<'_, '_> {
    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        self.counted(name, help, None, values)
    }

    fn seconds<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        self.counted(name, help, Some(&Unit::Seconds), values)
    }

    fn counted<L: EncodeLabelSet, N>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: impl IntoIterator<Item = (L, N)>,
    ) -> fmt::Result
    where
        ConstCounter<N>: EncodeMetric,
    {
        let mut family = self.0.encode_descriptor(name, help, unit, MetricType::Counter)?;
        values
            .into_iter()
            .try_for_each(|(labels, value)| ConstCounter::new(value).encode(family.encode_family(&labels)?))
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(labels, value)| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            ConstGauge::new(value).encode(family.encode_family(&labels)?)
        })
    }

    fn histograms<'s, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, &'s Spread)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        values.into_iter().try_for_each(|(labels, spread)| {
            let mut one: MetricEncoder<'_> = family.encode_family(&labels)?;
            one.encode_histogram::<Without>(spread.total.as_secs_f64(), spread.count, &spread.buckets, None)
        })
    }
}
