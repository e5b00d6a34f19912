"""script/bench jobs: a job of more work than the budget allows at once, a host that is killed under it, and a person who asks meanwhile."""

import collections
import json
import statistics
import tempfile
import time

from budget import BUDGET, TOKEN, ask, emulator_with_budget, programs
from host import Host

# The person asks this often, in seconds.
ASK_EVERY = 2


def measure(rows, toolbay, plugins):
    """Runs one job in real time; answers with the rows of the table, and the figures."""
    toolbay, plugins = programs(toolbay, plugins, ["rows", "search"])
    waits, refused = [], 0
    with emulator_with_budget(toolbay) as url, tempfile.TemporaryDirectory() as data:
        database = ask(f"{url}/_emulator/state")["ids"]["tasks_data_source"]
        settings = {"NOTION_TOKEN": TOKEN, "NOTION_API_URL": url, "TOOLBAY_GRANT_ON_DROP": "notion.read,notion.write,tools.call"}
        host = Host(toolbay, plugins, data, **settings)
        try:
            ops = [
                {"op": "upsert", "args": {"database_id": database, "unique": {"property": "Name", "value": f"Row {number}"}}}
                for number in range(rows)
            ]
            begun = time.monotonic()
            body = {"kind": "bulk", "args": {"mode": "continue_on_error", "ops": ops}}
            job = ask(f"http://127.0.0.1:{host.port}/v1/jobs", host.token, body)["result"]["job_id"]
            is_killed = False
            while True:
                time.sleep(ASK_EVERY)
                asked = time.monotonic()
                refused += not ask(f"http://127.0.0.1:{host.port}/v1/tools/search", host.token, {"query": "Tasks"})["ok"]
                waits.append((time.monotonic() - asked) * 1000)
                told = ask(f"http://127.0.0.1:{host.port}/v1/jobs/{job}", host.token)["result"]
                if told["status"] not in ("queued", "running", "waiting"):
                    break
                if not is_killed and told.get("progress", 0) > 0.4:
                    is_killed = True
                    host.process.kill()
                    host.process.wait()
                    host = Host(toolbay, plugins, data, **settings)
            took = time.monotonic() - begun
            counted = ask(f"{url}/_emulator/requests")
            writes = ask(f"{url}/_emulator/writes")
        finally:
            host.stop()
    created = collections.Counter(
        json.dumps(write["body"]["properties"]) for write in writes if write["route"] == "POST /v1/pages"
    )
    results = collections.Counter(
        result["result"]["action"] if result["ok"] else result["error"]["code"] for result in told["output"]["results"]
    )
    table = [
        (f"a job of {rows} upserts, killed once under way", f"{told['status']} after {took:.0f} s", "succeeded"),
        ("its results", ", ".join(f"{count} {what}" for what, count in results.items()), ""),
        ("rows created more than once", str(sum(count > 1 for count in created.values())), "none"),
        ("requests to Notion", f"{counted['total']}, {counted['statuses'].get('429', 0)} answers of 429", "none of 429"),
        (
            f"a person's search meanwhile, every {ASK_EVERY} s",
            f"p50 {statistics.median(waits):.0f} ms, longest {max(waits):.0f} ms, {refused} refused",
            "none refused",
        ),
    ]
    figures = {"seconds": took, "results": results, "created": len(created), "counted": counted, "waits_ms": waits}
    return table, figures | {"budget": BUDGET}
