"""script/bench upstream: a tool of an MCP server over the host, beside the same server asked directly; and many servers."""

import statistics
import tempfile
import time
from pathlib import Path

from budget import ask, programs
from host import TARGET, Host, run
from load import ECHO, load, over_mcp
from speed import Bare, OHA_VERSION

# Servers, and tools of each: 5,000 in all.
SERVERS, TOOLS = 50, 100

# Longest that the tools of all servers may take to be there, in seconds.
THERE_WITHIN = 120


def settings(folder, ports, tools):
    """The configuration of a host before these servers."""
    lines = []
    for number, port in enumerate(ports):
        lines += [f"[upstreams.s{number}]", f'url = "http://127.0.0.1:{port}/mcp?tools={tools}"', "allow_private = true"]
    file = Path(folder) / "toolbay.toml"
    file.write_text("\n".join(lines))
    return {"TOOLBAY_CONFIG": str(file)}


def wait(host, tools):
    """Waits until so many tools of servers are there; seconds."""
    begun = time.monotonic()
    while time.monotonic() < begun + THERE_WITHIN:
        listed = ask(f"http://127.0.0.1:{host.port}/v1/tools", host.token)["result"]["tools"]
        if sum(1 for tool in listed if tool["name"].startswith("s") and "_echo" in tool["name"]) >= tools:
            return time.monotonic() - begun
        time.sleep(0.05)
    raise SystemExit("the tools of the servers are not there")


def measure(seconds, toolbay, plugins):
    """The rows of the table, and the figures as they are."""
    toolbay, _ = programs(toolbay, plugins, [])
    if toolbay == TARGET / "release/toolbay":
        run("cargo", "build", "--release", "-p", "bare-handler")
    oha = TARGET / "tools/bin/oha"
    if not oha.exists():
        run("cargo", "install", "oha", "--version", OHA_VERSION, "--locked", "--root", TARGET / "tools")
    bare = Bare()
    runs = {name: [] for name in ("direct 1", "host 1", "direct 16", "host 16", "many 1")}
    try:
        with tempfile.TemporaryDirectory(dir=TARGET) as folder:
            data, none = Path(folder) / "data", Path(folder) / "none"
            data.mkdir()
            none.mkdir()
            host = Host(toolbay, none, data, **settings(folder, [bare.port], 1))
            try:
                wait(host, 1)
                for _ in range(3):
                    for connections in (1, 16):
                        runs[f"direct {connections}"].append(load(oha, bare, seconds, connections, over_mcp("echo", ECHO)))
                        runs[f"host {connections}"].append(load(oha, host, seconds, connections, over_mcp("s0_echo", ECHO)))
            finally:
                host.stop()
        with tempfile.TemporaryDirectory(dir=TARGET) as folder:
            data, none = Path(folder) / "data", Path(folder) / "none"
            data.mkdir()
            none.mkdir()
            many = settings(folder, [bare.port] * SERVERS, TOOLS)
            host = Host(toolbay, none, data, **many)
            first = wait(host, SERVERS * TOOLS)
            host.stop()
            begun = time.monotonic()
            host = Host(toolbay, none, data, **many)
            try:
                wait(host, SERVERS * TOOLS)
                again = time.monotonic() - begun
                # What it asks of the servers once it has begun is no part of a call.
                time.sleep(5)
                for _ in range(3):
                    runs["many 1"].append(load(oha, host, seconds, 1, over_mcp("s7_echo", ECHO)))
                resident = host.resident_mib()
            finally:
                host.stop()
    finally:
        bare.close()
    median = lambda name, what: statistics.median(run[what] for run in runs[name])
    figures = {
        "p50_more_ms": median("host 1", "p50_ms") - median("direct 1", "p50_ms"),
        "throughput": median("host 16", "per_second") / median("direct 16", "per_second"),
        "first_start_s": first,
        "start_s": again,
        "call_with_many": median("many 1", "p50_ms") / median("host 1", "p50_ms"),
        "resident_mib": resident,
        "runs": runs,
    }
    rows = [
        ("a call over the host, beyond the same call asked directly, p50", f"{figures['p50_more_ms']:.2f} ms", "at most 1 ms"),
        ("16 callers: calls a second, beside the server alone", f"{figures['throughput']:.2f}", "at least 0.6"),
        (f"{SERVERS} servers, {SERVERS * TOOLS} tools: the first time until all are there", f"{first:.1f} s", ""),
        ("the same, with definitions that are known", f"{again:.2f} s", "under 2 s"),
        ("a call beside them, p50, beside one with one server", f"{figures['call_with_many']:.2f}", "1"),
        ("memory of that host", f"{resident:.0f} MiB", ""),
    ]
    return rows, figures
