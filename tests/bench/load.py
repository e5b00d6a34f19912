"""Loads for script/bench speed: the same request over and over, by oha, and what it costs."""

import json
import os
import subprocess
import sys
from pathlib import Path

MODERN = "2026-07-28"

ECHO = {"message": "The quick brown fox jumps over the lazy dog."}


def over_mcp(tool, arguments):
    """Path, headers and body of a call over MCP, as a client of the modern era sends it."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    return "/mcp", headers, body


def over_rest(tool, arguments):
    """Path, headers and body of a call over REST."""
    return f"/v1/tools/{tool}", {}, arguments


def load(oha, server, seconds, connections, request, rate=None):
    """The request at this server, at this many a second, or as many as go."""
    path, headers, body = request
    headers = {"Content-Type": "application/json", **headers}
    if server.token:
        headers["Authorization"] = f"Bearer {server.token}"
    command = [str(oha), "-z", f"{seconds}s", "-c", str(connections), "-m", "POST", "-d", json.dumps(body)]
    if rate:
        command += ["-q", str(rate), "--latency-correction"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["--no-tui", "--output-format", "json", f"http://127.0.0.1:{server.port}{path}"]
    before = cpu_seconds(server.process.pid)
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    used = cpu_seconds(server.process.pid) - before
    statuses = report["statusCodeDistribution"]
    if set(statuses) != {"200"}:
        sys.exit(f"answers other than 200: {statuses}")
    return {
        "per_second": report["summary"]["requestsPerSec"],
        "p50_ms": report["latencyPercentiles"]["p50"] * 1000,
        "p99_ms": report["latencyPercentiles"]["p99"] * 1000,
        "cpu_us": used * 1e6 / statuses["200"],
    }


def cpu_seconds(pid):
    """CPU time that a process has used so far, in its own code and in the system's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
