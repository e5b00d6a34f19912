"""script/bench speed: calls a second, latencies, start and memory of a release build, beside a bare handler."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from host import TARGET, Host, free_port, run

OHA_VERSION = "1.16.0"
PLUGINS = 20
MODERN = "2026-07-28"


def prepare():
    """Builds what is measured and what measures."""
    run("script/setup")
    run("cargo", "build", "--release", "--bin", "toolbay", "--bin", "bare-handler")
    tools = TARGET / "tools"
    if not (tools / "bin/oha").exists():
        run("cargo", "install", "oha", "--version", OHA_VERSION, "--locked", "--root", tools)
    packed = TARGET / "bench"
    toolbay = TARGET / "release/toolbay"
    run(toolbay, "plugin", "build", "--profile", "plugin", "--output", packed / "echo", "tests/fixtures/echo", stdout=sys.stderr)
    run(toolbay, "plugin", "build", "--profile", "plugin", "--output", packed / "neighbours", "tests/fixtures/echo", "tests/fixtures/hostile", stdout=sys.stderr)
    return toolbay, tools / "bin/oha", packed


def pack_many(toolbay, folder):
    """As many plugins as there are names: one crate, built again under each, so that the SDK is compiled once."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    crate = folder.parent / "crates/bench"
    shutil.rmtree(crate, ignore_errors=True)
    run(toolbay, "plugin", "new", "bench-0", "--path", crate, stdout=sys.stderr)
    environment = dict(os.environ, CARGO_TARGET_DIR=str(TARGET / "new-plugin"))
    sources = {file: file.read_text() for file in (crate / "Cargo.toml", crate / "plugin.toml", crate / "src/lib.rs")}
    for number in range(1, PLUGINS + 1):
        for file, text in sources.items():
            file.write_text(text.replace("bench-0", f"bench-{number}").replace("bench_0", f"bench_{number}"))
        run(toolbay, "plugin", "build", "--output", folder, crate, env=environment, stdout=sys.stderr)



def load(oha, port, seconds, connections, token=None, rate=None):
    """The echo tool over MCP at this port, by oha; at this many requests a second, or as many as go."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "echo",
            "arguments": {"message": "The quick brown fox jumps over the lazy dog."},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "echo",
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    command = [str(oha), "-z", f"{seconds}s", "-c", str(connections), "-m", "POST", "-d", json.dumps(body)]
    if rate:
        command += ["-q", str(rate), "--latency-correction"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["--no-tui", "--output-format", "json", f"http://127.0.0.1:{port}/mcp"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    statuses = report["statusCodeDistribution"]
    if set(statuses) != {"200"}:
        sys.exit(f"answers other than 200: {statuses}")
    return {
        "per_second": report["summary"]["requestsPerSec"],
        "p50_ms": report["latencyPercentiles"]["p50"] * 1000,
        "p99_ms": report["latencyPercentiles"]["p99"] * 1000,
    }


HOSTILE = [
    ("spin", {}),
    ("spin", {}),
    ("memory_bomb", {}),
    ("recursion", {}),
    ("trap", {}),
    ("giant_output", {"mebibytes": 20}),
    ("log_flood", {"times": 100_000, "bytes": 1_000}),
    ("host_call_flood", {"function": "clock", "times": 1_000_000_000}),
    ("deep_json", {"depth": 100_000}),
]


def misbehave(port, token, tool, arguments, stop):
    """Calls a hostile tool over and over. It has to be answered each time, with a problem or within its limits."""
    while not stop.is_set():
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/tools/{tool}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=60).read()
        except urllib.error.HTTPError as answer:
            answer.read()
        stop.wait(0.05)


def neighbours(toolbay, oha, packed, seconds):
    """The p99 of a well-behaved tool alone, and beside a caller of every hostile tool at once."""
    with tempfile.TemporaryDirectory() as data:
        host = Host(toolbay, packed / "neighbours", data)
        try:
            load(oha, host.port, 1, 8, host.token, rate=200)
            alone = load(oha, host.port, seconds, 8, host.token, rate=200)
            stop = threading.Event()
            threads = [
                threading.Thread(target=misbehave, args=(host.port, host.token, tool, arguments, stop))
                for tool, arguments in HOSTILE
            ]
            for thread in threads:
                thread.start()
            time.sleep(1)
            beside = load(oha, host.port, seconds, 8, host.token, rate=200)
            stop.set()
            for thread in threads:
                thread.join()
        finally:
            host.stop()
    return alone, beside


def life_of_a_call():
    """Store, instance, call and drop, by the sandbox's own benchmark: its rows by name."""
    printed = run("cargo", "bench", "--workspace", "--bench", "life_of_a_call", capture_output=True, text=True).stdout
    rows = {}
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) == 3 and cells[1].replace(".", "").isdigit():
            rows[cells[0]] = {"p50_us": float(cells[1]), "p99_us": float(cells[2])}
    return rows


def check_answer(port, token):
    """One call by hand: what is measured must be right."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/tools/echo",
        data=json.dumps({"message": "right"}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["result"] == {"message": "right"}


def measure(seconds):
    """The rows of the table, and the figures as they are."""
    toolbay, oha, packed = prepare()
    rows = []

    with tempfile.TemporaryDirectory() as data:
        bare_port = free_port()
        bare = subprocess.Popen([str(TARGET / "release/bare-handler"), f"127.0.0.1:{bare_port}"])
        host = Host(toolbay, packed / "echo", data)
        check_answer(host.port, host.token)
        try:
            # Warm both, then take turns, so that a change of the machine's mood meets both.
            load(oha, bare_port, 1, 64)
            load(oha, host.port, 1, 64, host.token)
            bare_runs, host_runs = [], []
            for _ in range(3):
                bare_runs.append(load(oha, bare_port, seconds, 64))
                host_runs.append(load(oha, host.port, seconds, 64, host.token))
        finally:
            bare.terminate()
            bare.wait()
            host.stop()
    middle = lambda runs, key: statistics.median(run[key] for run in runs)
    ratio = middle(host_runs, "per_second") / middle(bare_runs, "per_second")
    rows.append(("bare axum handler, 64 connections", f"{middle(bare_runs, 'per_second'):,.0f}/s, p99 {middle(bare_runs, 'p99_ms'):.1f} ms", ""))
    rows.append(("echo tool over MCP, 64 connections: throughput", f"{middle(host_runs, 'per_second'):,.0f}/s, {ratio:.2f} of bare", "at least 0.35"))
    rows.append(("echo tool over MCP, 64 connections: p99", f"{middle(host_runs, 'p99_ms'):.1f} ms (p50 {middle(host_runs, 'p50_ms'):.1f} ms)", "under 15 ms"))

    life = life_of_a_call()
    own, raw = life["Toolbay, the plugin's call"], life["bare Wasmtime, pooled memory"]
    rows.append(("life of a call in the sandbox: p50", f"{own['p50_us']:.1f} us (p99 {own['p99_us']:.1f} us), {own['p50_us'] / raw['p50_us']:.2f} of bare Wasmtime", "at most 25 us"))

    alone, beside = neighbours(toolbay, oha, packed, seconds)
    rows.append(("echo at 200/s beside nine hostile callers: p99", f"{beside['p99_ms']:.2f} ms, {beside['p99_ms'] / alone['p99_ms']:.2f} of {alone['p99_ms']:.2f} ms alone", "at most 2.00"))

    pack_many(toolbay, packed / "many")
    with tempfile.TemporaryDirectory() as data:
        Host(toolbay, packed / "many", data).stop()
        starts = []
        for _ in range(5):
            host = Host(toolbay, packed / "many", data)
            starts.append(host.ready_ms)
            time.sleep(3)
            resident = host.resident_mib()
            host.stop()
    rows.append((f"start to ready, {PLUGINS} cached plugins", f"{statistics.median(starts):.0f} ms (of {len(starts)}: {min(starts):.0f} to {max(starts):.0f})", "under 300 ms"))
    rows.append((f"resident memory, idle, {PLUGINS} plugins", f"{resident:.1f} MiB", "under 80 MiB"))
    return rows, {"bare": bare_runs, "host": host_runs, "ratio": ratio, "life_of_a_call": life, "alone": alone, "beside": beside, "start_ms": starts, "resident_mib": resident}
