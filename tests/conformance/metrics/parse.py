"""Reads OpenMetrics strictly, and holds it against the calls that were made."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as opened:
    families = {family.name: family for family in text_string_to_metric_families(opened.read())}
samples = [sample for family in families.values() for sample in family.samples]


def value(name, **labels):
    found = [sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items()]
    if not found:
        raise SystemExit(f"nothing says {name} {labels}")
    return sum(found)


expected = [
    (3, value("toolbay_calls_total", tool="search", outcome="ok")),
    (1, value("toolbay_calls_total", tool="search", outcome="invalid_input")),
    (5, value("toolbay_call_duration_seconds_count", surface="rest")),
    (1, value("toolbay_ready")),
    (1, value("toolbay_store_up")),
]
for wanted, found in expected:
    if wanted != found:
        raise SystemExit(f"{wanted} was expected, {found} found: {expected}")
for name, labels in [
    ("toolbay_effects_total", {"egress": "notion", "access": "reads", "outcome": "answered"}),
    ("toolbay_plugin_cpu_seconds_total", {"tool": "search"}),
    ("toolbay_plugin_memory_max_bytes", {"tool": "search"}),
    ("process_resident_memory_bytes", {}),
]:
    if not value(name, **labels) > 0:
        raise SystemExit(f"{name} {labels} is not above 0")
for family in families.values():
    if not family.documentation:
        raise SystemExit(f"{family.name} has no help")
print(f"{len(families)} families, {len(samples)} samples")
