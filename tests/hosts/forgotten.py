"""Two hosts whose Redis is killed while they use all of Notion's budget, and comes back empty.

The emulator is the judge: no window holds more than the budget, and nothing is answered with 429. Meanwhile hosts stay ready, answer, and go on with
half of an equal share; a window after the server is back they have the whole budget again.
"""

import tempfile
import threading
import time

from cluster import CALLER, Cluster, ask, emulator
from windows import BUDGET, WINDOW, Flood

# Hosts are cautious with a server that is new, and use all of the budget; the server is away; they are cautious, and use all of it again.
BEFORE, AWAY, AFTER = 2 * WINDOW + 10, 10, 2 * WINDOW + 10


def measure(toolbay, plugins, server, redis):
    """Answers with the rows of the table and what failed."""
    with emulator(toolbay, True) as notion, tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(toolbay, plugins, notion, server.database("forgotten"), folder, 2, REDIS_URL=redis.url)
        try:
            flood = Flood(cluster, notion, BEFORE + AWAY + AFTER)
            watch = Watch(cluster)
            time.sleep(BEFORE)
            redis.kill()
            time.sleep(AWAY)
            redis.start()
            time.sleep(AFTER - WINDOW)
            before = flood.requests()
            flood.wait()
            again, refused, windows = flood.requests() - before, flood.refused(), flood.windows()
            watch.end()
            logs = [host.log.read_text() for host in cluster.hosts]
        finally:
            cluster.stop()
    rows = [
        ("Redis killed and back, empty: requests in each of Notion's windows", ", ".join(map(str, windows)), f"at most {BUDGET}"),
        ("Redis killed and back, empty: answers of 429", str(refused), "none"),
        ("Redis killed and back, empty: looks at hosts, of them not ready or not answered", f"{watch.looks}, {len(watch.failed)}", "0"),
        ("Redis killed and back, empty: requests in the last minute", str(again), f"at least {BUDGET * 8 // 10}"),
    ]
    wrong = [max(windows) > BUDGET, refused > 0, bool(watch.failed), again < BUDGET * 8 // 10]
    failed = [" ".join(row) for row, is_wrong in zip(rows, wrong) if is_wrong] + watch.failed[:5]
    for number, log in enumerate(logs):
        told = [log.count(word) for word in ("rate.store_away", "rate.store_back")]
        if told != [1, 1]:
            failed.append(f"Redis killed and back, empty: host {number} said {told} times that it is away and back")
    return rows, failed


class Watch:
    """Looks at each host twice a second: whether it is ready, and answers a call that asks Notion for nothing."""

    def __init__(self, cluster):
        self.cluster, self.looks, self.failed, self.ended = cluster, 0, [], threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        while not self.ended.wait(0.5):
            for number in range(len(self.cluster.hosts)):
                url = self.cluster.url(number)
                ready, _ = ask(f"{url}/readyz", timeout=10)
                called, answer = ask(f"{url}/v1/tools/job_list", CALLER, {}, timeout=10)
                self.looks += 1
                if (ready, called) != (200, 200):
                    self.failed.append(f"Redis killed and back, empty: host {number} said {ready} and {called} {answer}")

    def end(self):
        self.ended.set()
        self.thread.join()
