"""How much of Notion's budget several hosts get together, and that they never get more."""

import tempfile
import threading
import time

from budget import work
from cluster import Cluster, ask, emulator

BUDGET = 180
WINDOW = 60


def measure(toolbay, plugins, server, count, minutes):
    """Floods so many hosts; answers with the rows of the table and what failed."""
    with emulator(toolbay, True) as notion, tempfile.TemporaryDirectory() as folder:
        database = server.database(f"windows_{count}")
        tasks = ask(f"{notion}/_emulator/state")[1]["ids"]["tasks_data_source"]
        cluster = Cluster(toolbay, plugins, notion, database, folder, count, TOOLBAY_LOG="warn")
        try:
            end = time.monotonic() + minutes * WINDOW
            callers = [threading.Thread(target=work, args=(host, tasks, number, end), daemon=True) for number, host in enumerate(2 * cluster.hosts)]
            for caller in callers:
                caller.start()
            time.sleep(max(0, end - time.monotonic()))
            counted = ask(f"{notion}/_emulator/requests")[1]
            windows = ask(f"{notion}/_emulator/rate-limit")[1]["windows"]
        finally:
            cluster.stop()
    refused = counted["statuses"].get("429", 0)
    share = counted["total"] / (BUDGET * minutes)
    rows = [
        (f"requests of {count} hosts to Notion in {minutes:g} minutes", f"{counted['total']}, {share:.1%} of {BUDGET} a minute", "at least 95 %"),
        (f"requests of {count} hosts in each of Notion's windows", ", ".join(map(str, windows)), f"at most {BUDGET}"),
        (f"answers of 429 to {count} hosts", str(refused), "none"),
    ]
    failed = [" ".join(row) for row, is_wrong in zip(rows, [share < 0.95, max(windows) > BUDGET, refused > 0]) if is_wrong]
    return rows, failed
