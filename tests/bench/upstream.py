"""script/bench upstream: a tool of an MCP server over the host, beside the same server asked directly; and many servers.

Two servers are asked: npm's server-everything, one that others wrote and people run; and the bare handler, which does nothing but read a
request and answer it, so that whatever stands before it costs more than itself.
"""

import contextlib
import json
import os
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from budget import ask, programs
from host import TARGET, Host, free_port, run
from load import ECHO, load, over_mcp
from speed import Bare, OHA_VERSION

# Servers, and tools of each: 5,000 in all.
SERVERS, TOOLS = 50, 100

# Longest that the tools of all servers may take to be there, in seconds.
THERE_WITHIN = 120


# The server that others wrote, and the revision of the protocol in which a host asks it: in older ones it does less for each answer.
EVERYTHING, REVISION = "@modelcontextprotocol/server-everything@2026.8.31", "2025-11-25"


class Everything:
    """npm's server over Streamable HTTP, and a session with it."""

    token = None

    def __init__(self):
        folder = TARGET / "tools/server-everything"
        program = folder / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
        if not program.exists():
            folder.mkdir(parents=True, exist_ok=True)
            run("npm", "install", "--silent", "--no-save", "--prefix", folder, EVERYTHING)
        self.port = free_port()
        environment = {"PATH": os.environ["PATH"], "PORT": str(self.port)}
        self.process = subprocess.Popen(["node", str(program), "streamableHttp"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        about = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        for _ in range(200):
            with contextlib.suppress(OSError):
                self.session = self.ask({"id": 1, "method": "initialize", "params": about}).headers["mcp-session-id"]
                break
            time.sleep(0.1)
        self.ask({"method": "notifications/initialized"}, self.session)

    def ask(self, message, session=None):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": REVISION}
        if session:
            headers["Mcp-Session-Id"] = session
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        return urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}/mcp", data=body, headers=headers), timeout=10)

    def echo(self):
        """Path, headers and body of a call, as a client in the session sends it."""
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": REVISION, "Mcp-Session-Id": self.session}
        return "/mcp", headers, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "echo", "arguments": ECHO}}

    def close(self):
        self.process.terminate()
        self.process.wait()


def everything(toolbay, oha, seconds, runs):
    """The runs of the server that others wrote, asked directly and over a host."""
    with contextlib.closing(Everything()) as server, tempfile.TemporaryDirectory(dir=TARGET) as folder:
        data, none = Path(folder) / "data", Path(folder) / "none"
        data.mkdir()
        none.mkdir()
        host = Host(toolbay, none, data, **settings(folder, [server.port], 0))
        try:
            wait(host, 1)
            for _ in range(3):
                for connections in (1, 16):
                    runs[f"everything direct {connections}"].append(load(oha, server, seconds, connections, server.echo()))
                    runs[f"everything host {connections}"].append(load(oha, host, seconds, connections, over_mcp("s0_echo", ECHO)))
        finally:
            host.stop()


def settings(folder, ports, tools):
    """The configuration of a host before these servers."""
    lines = []
    for number, port in enumerate(ports):
        wanted = f"?tools={tools}" if tools else ""
        lines += [f"[upstreams.s{number}]", f'url = "http://127.0.0.1:{port}/mcp{wanted}"', "allow_private = true"]
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
    ways = [f"{way} {connections}" for way in ("direct", "host") for connections in (1, 16)]
    runs = {name: [] for name in [*ways, *(f"everything {way}" for way in ways), "many 1"]}
    everything(toolbay, oha, seconds, runs)
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
        "p50_more_ms": median("everything host 1", "p50_ms") - median("everything direct 1", "p50_ms"),
        "throughput": median("everything host 16", "per_second") / median("everything direct 16", "per_second"),
        "p50_more_of_bare_ms": median("host 1", "p50_ms") - median("direct 1", "p50_ms"),
        "throughput_of_bare": median("host 16", "per_second") / median("direct 16", "per_second"),
        "first_start_s": first,
        "start_s": again,
        "call_with_many": median("many 1", "p50_ms") / median("host 1", "p50_ms"),
        "resident_mib": resident,
        "runs": runs,
    }
    rows = [
        ("npm's server-everything: a call over the host, beyond the same asked directly, p50", f"{figures['p50_more_ms']:.2f} ms", "at most 1 ms"),
        (
            "the same by 16 callers: calls a second, beside the server alone",
            f"{figures['throughput']:.2f} of {median('everything direct 16', 'per_second'):,.0f}",
            "at least 0.6",
        ),
        ("a bare handler: a call over the host, beyond the same asked directly, p50", f"{figures['p50_more_of_bare_ms']:.2f} ms", "at most 1 ms"),
        (
            "the same by 16 callers: calls a second, beside the handler alone",
            f"{figures['throughput_of_bare']:.2f} of {median('direct 16', 'per_second'):,.0f}",
            "",
        ),
        (f"{SERVERS} servers, {SERVERS * TOOLS} tools: the first time until all are there", f"{first:.1f} s", ""),
        ("the same, with definitions that are known", f"{again:.2f} s", "under 2 s"),
        ("a call beside them, p50, beside one with one server", f"{figures['call_with_many']:.2f}", "1"),
        ("memory of that host", f"{resident:.0f} MiB", ""),
    ]
    return rows, figures
