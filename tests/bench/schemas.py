"""script/bench schemas: plugins with hostile schemas, and /livez beside callers who send their tools the costliest values."""

import collections
import http.client
import multiprocessing
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from host import TARGET, Host, run

# Callers of each hostile tool; two of its checks run at a time.
CALLERS = 3
# How often /livez is asked, a second, and over how many connections: one that waits for its answer delays no other.
ASKED = 40
CONNECTIONS = 8


def ask_livez(port, seconds):
    """How long each answer took, in milliseconds; the clock starts when it should have been asked."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(lambda _: ask_over_one(port, seconds), range(CONNECTIONS)), [])


def ask_over_one(port, seconds):
    waits = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    begun = time.perf_counter()
    for number in range(seconds * ASKED // CONNECTIONS):
        due = begun + number * CONNECTIONS / ASKED
        time.sleep(max(0, due - time.perf_counter()))
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"/livez answers {answer.status}")
        waits.append((time.perf_counter() - due) * 1000)
    return waits


def call_over_and_over(port, token, tool, body, stop, codes):
    """A caller in a process of its own, so that it takes no time from who asks /livez but the machine's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answers = collections.Counter()
    while not stop.is_set():
        connection.request("POST", f"/v1/tools/{tool}", body, headers)
        answer = connection.getresponse()
        answer.read()
        answers[answer.status] += 1
    connection.close()
    codes.put(answers)


def measure(seconds):
    """The rows of the table, and the figures; the two tables of the schemas are printed on the way."""
    run("script/setup")
    run("cargo", "build", "--release", "--bin", "toolbay")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as data:
        plugins = Path(folder) / "plugins"
        plugins.mkdir()
        printed = run("cargo", "bench", "--workspace", "--bench", "hostile_schemas", "--", "--write", plugins, capture_output=True, text=True).stdout
        print(printed)
        values = {file.stem: file.read_bytes() for file in plugins.glob("*.json")}
        for file in plugins.glob("*.json"):
            file.unlink()
        host = Host(TARGET / "release/toolbay", plugins, data)
        try:
            alone = ask_livez(host.port, seconds)
            stop, codes = multiprocessing.Event(), multiprocessing.Queue()
            callers = [
                multiprocessing.Process(target=call_over_and_over, args=(host.port, host.token, tool, body, stop, codes))
                for tool, body in values.items()
                for _ in range(CALLERS)
            ]
            for caller in callers:
                caller.start()
            beside = ask_livez(host.port, seconds)
            resident = host.resident_mib()
            stop.set()
            answers = sum((codes.get(timeout=120) for _ in callers), collections.Counter())
            for caller in callers:
                caller.join()
        finally:
            host.stop()
    p99 = lambda waits: statistics.quantiles(waits, n=100)[98]
    rows = [
        ("/livez alone: p99", f"{p99(alone):.1f} ms", ""),
        (f"/livez beside {len(callers)} callers of {len(values)} tools, {answers.total()} costliest values: p99", f"{p99(beside):.1f} ms (longest {max(beside):.1f} ms)", "under 100 ms"),
        ("answers by their status", ", ".join(f"{status}: {count}" for status, count in sorted(answers.items())), ""),
        ("resident memory then", f"{resident:.0f} MiB", ""),
    ]
    return rows, {"schemas": printed, "alone_ms": alone, "beside_ms": beside, "statuses": dict(answers), "resident_mib": resident}
