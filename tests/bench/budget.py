"""script/bench budget: how much of Notion's 180 requests a minute a flood of work gets, in real time."""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from host import ROOT, TARGET, Host, run

TOKEN = "secret_emulator"
BUDGET = 180
WINDOW = 60
# Callers at the same time, and rows of each bulk: more work than the budget allows, always.
CALLERS = 4
ROWS = 60


def ask(url, token=None, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        return json.load(answer)


def work(host, database, caller, end):
    """One bulk after the other; what the budget didn't allow within a call is left to the next one."""
    number = 0
    while time.monotonic() < end:
        ops = []
        for _ in range(ROWS):
            number += 1
            unique = {"property": "Name", "value": f"Caller {caller}, row {number}"}
            ops.append({"op": "upsert", "args": {"database_id": database, "unique": unique}})
        body = {"mode": "continue_on_error", "ops": ops}
        answer = ask(f"http://127.0.0.1:{host.port}/v1/bulk", host.token, body)
        if not answer["ok"]:
            time.sleep(1)


def programs(toolbay, plugins, wanted):
    """The program and a folder with the wanted plugins, built for release unless they are given."""
    if toolbay is None:
        run("script/setup")
        run("cargo", "build", "--release", "--bin", "toolbay", "--bin", "notion-emulator")
        toolbay = TARGET / "release/toolbay"
    if plugins is None:
        plugins = TARGET / "bench" / "-".join(wanted)
        for plugin in wanted:
            run(toolbay, "plugin", "build", "--profile", "plugin", "--output", plugins, ROOT / "plugins" / plugin, stdout=sys.stderr)
    return toolbay, plugins


@contextlib.contextmanager
def emulator_with_budget(toolbay):
    """The address of an emulator beside the program that refuses what is beyond the budget."""
    emulator = subprocess.Popen(
        [str(toolbay.with_name("notion-emulator"))],
        env={"EMULATOR_LISTEN": "127.0.0.1:0", "EMULATOR_TOKEN": TOKEN, "EMULATOR_RATE_LIMIT": str(BUDGET)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield emulator.stdout.readline().split()[3]
    finally:
        emulator.terminate()
        emulator.wait()


def measure(minutes, toolbay, plugins):
    """Floods a host for so many minutes; answers with the rows of the table, and the figures."""
    toolbay, plugins = programs(toolbay, plugins, ["rows"])
    with emulator_with_budget(toolbay) as url, tempfile.TemporaryDirectory() as data:
        database = ask(f"{url}/_emulator/state")["ids"]["tasks_data_source"]
        granted = "notion.read,notion.write,tools.call"
        host = Host(toolbay, plugins, data, NOTION_TOKEN=TOKEN, NOTION_API_URL=url, TOOLBAY_GRANT_ON_DROP=granted)
        try:
            end = time.monotonic() + minutes * WINDOW
            callers = [threading.Thread(target=work, args=(host, database, caller, end)) for caller in range(CALLERS)]
            for caller in callers:
                caller.start()
            time.sleep(max(0, end - time.monotonic()))
            counted = ask(f"{url}/_emulator/requests")
            windows = ask(f"{url}/_emulator/rate-limit")["windows"]
            for caller in callers:
                caller.join()
        finally:
            host.stop()
    refused = counted["statuses"].get("429", 0)
    share = counted["total"] / (BUDGET * minutes)
    rows = [
        (f"requests to Notion in {minutes} minutes", f"{counted['total']}, {share:.1%} of {BUDGET} a minute", "at least 95 %"),
        ("answers of 429", str(refused), "none"),
        ("requests in each of Notion's windows", ", ".join(map(str, windows)), f"at most {BUDGET}"),
    ]
    return rows, {"counted": counted, "windows": windows, "share": share}
