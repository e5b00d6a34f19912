"""script/bench journal: a job of many writes, its replay, and what a call costs beside a million rows of a journal."""

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

from budget import TOKEN, ask, programs
from host import ROOT, TARGET, Host, run
from writes import times

# Writes of the job.
WRITES = 10_000

# Rows of a journal that other calls have left.
ROWS = 1_000_000
ROWS_OF_A_RUN = 10

SAMPLE_EVERY = 0.25


def emulator(toolbay):
    process = subprocess.Popen([str(toolbay.with_name("notion-emulator"))], stdout=subprocess.PIPE, text=True,
                               env={"EMULATOR_LISTEN": "127.0.0.1:0", "EMULATOR_TOKEN": TOKEN, "EMULATOR_RATE_LIMIT": "off"})
    return process, process.stdout.readline().split()[3]


def settings(url):
    return {"NOTION_TOKEN": TOKEN, "NOTION_API_URL": url, "NOTION_REQUESTS_PER_MINUTE": "1000000", "TOOLBAY_LOG": "info",
            "TOOLBAY_GRANT_ON_DROP": "notion.read,notion.write,notion.destroy,tools.call,state"}


def start(host, arguments):
    body = {"kind": "probe_write_many", "args": arguments}
    return ask(f"http://127.0.0.1:{host.port}/v1/jobs", host.token, body)["result"]["job_id"]


def follow(host, job, until):
    """Samples the host's memory until the job has ended, or is that far; answers what it is then, and the most that was seen."""
    most = 0.0
    while True:
        told = ask(f"http://127.0.0.1:{host.port}/v1/jobs/{job}", host.token)["result"]
        most = max(most, host.resident_mib())
        if told["status"] not in ("queued", "running") or told.get("progress", 0) >= until:
            return told, most
        time.sleep(SAMPLE_EVERY)


def long_job(toolbay, plugins):
    process, url = emulator(toolbay)
    try:
        database = ask(f"{url}/_emulator/state")["ids"]["tasks_data_source"]
        with tempfile.TemporaryDirectory(dir=TARGET) as data:
            host = Host(toolbay, plugins, data, **settings(url))
            try:
                told, _ = follow(host, start(host, {"data_source_id": database, "count": 64}), 2)
                assert told["status"] == "succeeded", told
                idle = host.resident_mib()
                begun = time.monotonic()
                job = start(host, {"data_source_id": database, "count": WRITES})
                # The host says how far it is once in a while; the last part of the work is enough to be killed in.
                told, most = follow(host, job, 0.9)
                assert told["status"] == "running", told
                host.process.kill()
                host.process.wait()
                first = time.monotonic() - begun
                host = Host(toolbay, plugins, data, **settings(url))
                told, again = follow(host, job, 2)
                assert told["status"] == "succeeded" and told["output"]["created"] == WRITES, told
                log = host.log.read_text()
            finally:
                host.stop()
        writes = ask(f"{url}/_emulator/writes")
    finally:
        process.terminate()
        process.wait()
    replayed = [json.loads(line) for line in log.splitlines() if "run.replayed" in line]
    # The log has a number of more than 64 bits as text.
    entries, took = (int(replayed[0].get(name) or replayed[0].get("fields", {}).get(name)) for name in ("entries", "took_ms"))
    made = len(writes) - 64
    rows = [
        (f"a job of {WRITES:,} writes: memory beyond idle", f"{most - idle:.0f} MiB, replay included {again - idle:.0f} MiB", "under 64 MiB"),
        (f"its replay, killed after {first:.0f} s", f"{entries:,} entries in {took} ms ({entries / took * 1000:,.0f}/s)", "10,000 in under 500 ms"),
        ("pages that were made", f"{made:,}", f"{WRITES:,}"),
    ]
    return rows, {"idle_mib": idle, "most_mib": most, "replaying_mib": again, "entries": entries, "took_ms": took}


def fill(path):
    """Gives the journal a million rows, of runs that have ended today."""
    database = sqlite3.connect(path)
    now = int(time.time() * 1000)
    with database:
        for run in range(ROWS // ROWS_OF_A_RUN):
            of = str(uuid.uuid4())
            database.execute(
                "INSERT INTO runs (id, kind, principal_id, tool, status, fence, lease_until, created_at, ended_at, fingerprint) "
                "VALUES (?, 'call', 'somebody', 'create_comment', 'succeeded', 1, 0, ?, ?, ?)", (of, now, now, of))
            database.executemany(
                "INSERT INTO journal (run_id, position, digest, outcome, write_name, sent_at) VALUES (?, ?, ?, ?, '{}', ?)",
                [(of, str(position), of * 2, os.urandom(200), now) for position in range(ROWS_OF_A_RUN)])
    database.close()


def crowded(toolbay, plugins, seconds):
    process, url = emulator(toolbay)
    try:
        page = ask(f"{url}/_emulator/state")["ids"]["root_page"]
        middle = {}
        with tempfile.TemporaryDirectory(dir=TARGET) as few, tempfile.TemporaryDirectory(dir=TARGET) as many:
            for data in (few, many):
                Host(toolbay, plugins, data, **settings(url)).stop()
            fill(f"{many}/toolbay.db")
            took = {few: [], many: []}
            # In turns, and each one first as often as last: a machine is not as fast at all times, and the emulator has more to hold each time.
            for turn in range(4):
                for data in ((few, many), (many, few))[turn % 2]:
                    host = Host(toolbay, plugins, data, **settings(url) | {"TOOLBAY_LOG": "warn"})
                    try:
                        own = {"Authorization": f"Bearer {host.token}", "Content-Type": "application/json", "Idempotency-Key": f"{turn}"}
                        body = {"page": {"parent": {"page_id": page}, "properties": {"title": [{"text": {"content": "x"}}]}}}
                        took[data] += times(host.port, "/v1/tools/probe_write", own, body, seconds)
                    finally:
                        host.stop()
            middle = {"empty": statistics.median(took[few]), "full": statistics.median(took[many])}
    finally:
        process.terminate()
        process.wait()
    beyond = middle["full"] / middle["empty"]
    rows = [(f"a write under a key beside {ROWS:,} rows of a journal", f"{beyond:.2f} of one beside none ({middle['empty']:.2f} ms)", "at most 1.10")]
    return rows, {"p50_ms": middle}


def measure(seconds, toolbay, plugins):
    """The rows of the table, and the figures as they are."""
    toolbay, _ = programs(toolbay, plugins or TARGET, [])
    if plugins is None:
        plugins = TARGET / "bench/probe"
        run(toolbay, "plugin", "build", "--profile", "plugin", "--output", plugins, ROOT / "tests/fixtures/probe", stdout=sys.stderr)
    job, of_job = long_job(toolbay, plugins)
    call, of_call = crowded(toolbay, plugins, seconds)
    return job + call, {"job": of_job, "call": of_call}
