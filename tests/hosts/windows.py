"""How much of Notion's budget several hosts get together, and that they never get more."""

import tempfile
import threading
import time

from budget import work
from cluster import CALLER, Cluster, ask, emulator

BUDGET = 180
WINDOW = 60


class Flood:
    """Hosts with more work than the budget allows, until a moment."""

    def __init__(self, cluster, notion, seconds):
        tasks = ask(f"{notion}/_emulator/state")[1]["ids"]["tasks_data_source"]
        self.notion, self.end = notion, time.monotonic() + seconds
        for number, host in enumerate(2 * cluster.hosts):
            threading.Thread(target=work, args=(host, tasks, number, self.end), daemon=True).start()

    def wait(self):
        time.sleep(max(0, self.end - time.monotonic()))

    def requests(self):
        return ask(f"{self.notion}/_emulator/requests")[1]["total"]

    def refused(self):
        return ask(f"{self.notion}/_emulator/requests")[1]["statuses"].get("429", 0)

    def windows(self):
        return ask(f"{self.notion}/_emulator/rate-limit")[1]["windows"]


def know(cluster):
    """Has a new server of Redis know all that was sent in the last window: until then hosts are cautious."""
    ask(f"{cluster.url(0)}/v1/tools/search", CALLER, {"query": "x"})
    time.sleep(WINDOW + 1)


def measure(toolbay, plugins, server, count, minutes, redis=None):
    """Floods so many hosts, whose windows are in the database or in Redis; answers with the rows of the table and what failed."""
    name = f"windows_{count}"
    with emulator(toolbay, True) as notion, tempfile.TemporaryDirectory() as folder:
        where = {"REDIS_URL": redis.url} if redis else {}
        cluster = Cluster(toolbay, plugins, notion, server.database(name), folder, count, TOOLBAY_LOG="warn", **where)
        try:
            if redis:
                know(cluster)
            flood = Flood(cluster, notion, minutes * WINDOW)
            before = flood.requests()
            flood.wait()
            total, refused, windows = flood.requests() - before, flood.refused(), flood.windows()
            in_database = int(server.ask(name, "SELECT COUNT(*) FROM rate_permits")[0][0])
            in_redis = redis.keys() if redis else 0
        finally:
            cluster.stop()
    share = total / (BUDGET * minutes)
    hosts = f"{count} hosts with Redis" if redis else f"{count} hosts"
    rows = [
        (f"requests of {hosts} to Notion in {minutes:g} minutes", f"{total}, {share:.1%} of {BUDGET} a minute", "at least 95 %"),
        (f"requests of {hosts} in each of Notion's windows", ", ".join(map(str, windows)), f"at most {BUDGET}"),
        (f"answers of 429 to {hosts}", str(refused), "none"),
    ]
    failed = [" ".join(row) for row, is_wrong in zip(rows, [share < 0.95, max(windows) > BUDGET, refused > 0]) if is_wrong]
    if (in_database > 0) == (redis is not None) or (in_redis > 0) != (redis is not None):
        failed.append(f"windows of {hosts}: {in_database} rows in the database, {in_redis} keys in Redis")
    return rows, failed
