"""Holds a Grafana dashboard and Prometheus's rules against what a host tells: every metric that they name is there."""

import json
import re
import sys

dashboard, rules, metrics = sys.argv[1:]
with open(metrics, encoding="utf-8") as opened:
    told = set(re.findall(r"^# TYPE (\S+)", opened.read(), re.M))
with open(dashboard, encoding="utf-8") as opened:
    panels = json.load(opened)["panels"]
with open(rules, encoding="utf-8") as opened:
    asked = {rules: opened.read()}
for panel in panels:
    for target in panel.get("targets", []):
        asked[panel["title"]] = target["expr"]
for where, expression in asked.items():
    names = re.findall(r"\b(?:toolbay|process)_[a-z_]+", expression)
    for name in names:
        if name not in told and re.sub(r"_(total|bucket|count|sum)$", "", name) not in told:
            raise SystemExit(f"{where}: no host tells {name}")
    if not names:
        raise SystemExit(f"{where}: nothing of a host")
print(f"{len(asked)} questions")
