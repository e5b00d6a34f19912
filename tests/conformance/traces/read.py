"""Reads what rotel says of the spans that it has, and holds them against the call that went over two hosts."""

import re
import sys

log, trace, caller = sys.argv[1:]
spans, service = [], None
with open(log, encoding="utf-8") as opened:
    for line in opened:
        found = re.match(r"\s*(->)?\s*([^:]+?)\s*: (.*)$", line.rstrip("\n"))
        if line.startswith("ResourceSpans"):
            service, place = None, "resource"
        elif line.startswith("Span #"):
            spans.append({"service": service, "attributes": {}})
            place = "span"
        elif found and found[1] and place == "resource" and found[2] == "service.name":
            service = re.fullmatch(r"Str\((.*)\)", found[3])[1]
        elif found and found[1] and place == "span":
            spans[-1]["attributes"][found[2]] = re.fullmatch(r"\w+\((.*)\)", found[3])[1]
        elif found and place == "span":
            spans[-1][found[2]] = found[3]

here = [span for span in spans if span["Trace ID"] == trace]
expected = [
    ("front", "SPAN_KIND_SERVER", "POST /v1/tools/{name}"),
    ("front", "SPAN_KIND_INTERNAL", "tool behind_search"),
    ("front", "SPAN_KIND_CLIENT", "tools/call behind/behind_search"),
    ("behind", "SPAN_KIND_SERVER", "tools/call search"),
    ("behind", "SPAN_KIND_INTERNAL", "tool search"),
    ("behind", "SPAN_KIND_CLIENT", "POST /v1/search"),
]
if len(here) != len(expected):
    raise SystemExit(f"{len(here)} spans of {len(spans)} are of the trace: {here}")
parent = caller
for wanted in expected:
    below = [span for span in here if span["Parent ID"] == parent]
    found = [(span["service"], span["Kind"], span["Name"]) for span in below]
    if found != [wanted]:
        raise SystemExit(f"below {parent}: {wanted} was expected, {found} found")
    outcome = below[0]["attributes"].get("toolbay.outcome")
    if outcome != "ok":
        raise SystemExit(f"{wanted}: {outcome}")
    print(f"{'  ' * expected.index(wanted)}{wanted[0]}: {wanted[2]}")
    parent = below[0]["ID"]
