"""script/bench writes: what a journalled write costs the host beyond the request itself, and how many writers share a turn of the disk."""

import http.client
import json
import statistics
import subprocess
import tempfile
import time
import urllib.parse

from budget import TOKEN, ask, programs
from host import TARGET, Host, run

# Writers at the same time.
WRITERS = 64


def times(port, path, headers, body, seconds):
    """Milliseconds of the same request over and over, on one connection; a key is a new one each time."""
    connection, took, number = http.client.HTTPConnection("127.0.0.1", port, timeout=60), [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number += 1
        own = {**headers, **({"Idempotency-Key": f"{headers['Idempotency-Key']}-{number}"} if "Idempotency-Key" in headers else {})}
        begun = time.perf_counter()
        connection.request("POST", path, json.dumps(body), own)
        answer = connection.getresponse()
        text = answer.read()
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200, text
    connection.close()
    return took


def measure(seconds, toolbay, plugins):
    """The rows of the table, and the figures as they are."""
    toolbay, plugins = programs(toolbay, plugins, ["comments"])
    if toolbay == TARGET / "release/toolbay":
        run("cargo", "build", "--release", "--workspace", "--example", "writers")
    emulator = subprocess.Popen([str(toolbay.with_name("notion-emulator"))], stdout=subprocess.PIPE, text=True,
                                env={"EMULATOR_LISTEN": "127.0.0.1:0", "EMULATOR_TOKEN": TOKEN, "EMULATOR_RATE_LIMIT": "off"})
    runs = {"request": [], "write": [], "keyed": []}
    try:
        url = emulator.stdout.readline().split()[3]
        page = ask(f"{url}/_emulator/state")["ids"]["root_page"]
        with tempfile.TemporaryDirectory(dir=TARGET) as data:
            settings = {"NOTION_TOKEN": TOKEN, "NOTION_API_URL": url, "NOTION_REQUESTS_PER_MINUTE": "100000",
                        "TOOLBAY_GRANT_ON_DROP": "notion.read,notion.write"}
            host = Host(toolbay, plugins, data, **settings)
            try:
                direct = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Notion-Version": "2026-03-11"}
                own = {"Authorization": f"Bearer {host.token}", "Content-Type": "application/json"}
                comment = {"parent": {"page_id": page}, "rich_text": [{"text": {"content": "x"}}]}
                port = urllib.parse.urlsplit(url).port
                for turn in range(3):
                    runs["request"] += times(port, "/v1/comments", direct, comment, seconds)
                    arguments = {"page_id": page, "text": "x"}
                    runs["write"] += times(host.port, "/v1/tools/create_comment", own, arguments, seconds)
                    runs["keyed"] += times(host.port, "/v1/tools/create_comment", {**own, "Idempotency-Key": f"{turn}"}, arguments, seconds)
            finally:
                host.stop()
    finally:
        emulator.terminate()
        emulator.wait()
    with tempfile.TemporaryDirectory(dir=TARGET) as data:
        program = toolbay.parent / "examples/writers"
        shown = subprocess.run([program, data, str(seconds), "1", str(WRITERS)], check=True, stdout=subprocess.PIPE, text=True).stdout
    (_, alone, of_one), (_, together, of_many) = (map(int, line.split()) for line in shown.splitlines())
    middle = {name: statistics.median(took) for name, took in runs.items()}
    table = [
        ("the request itself, p50", f"{middle['request']:.2f} ms", ""),
        ("beyond it: a write", f"{middle['write'] - middle['request']:.2f} ms", "at most 2 ms"),
        ("beyond it: a write under a key", f"{middle['keyed'] - middle['request']:.2f} ms", "at most 2 ms"),
        ("journalled writes in the store, one writer", f"{alone}/s, p50 {of_one / 1000:.2f} ms", ""),
        (f"the same, {WRITERS} writers", f"{together}/s, p50 {of_many / 1000:.2f} ms", ""),
        ("of one", f"{together / alone:.1f}", "at least 10"),
    ]
    return table, {"p50_ms": middle, "alone": alone, "together": together}
