"""Calls per CPU second of two and four hosts beside those of one."""

import http.client
import json
import tempfile
import threading
import time

from cluster import CALLER, Cluster, emulator
from load import cpu_seconds

# Callers at the same time, in all.
CALLERS = 8
# What is noise on a machine that does other things too.
WITHIN = 0.10


def call(connection):
    body = json.dumps({"query": "Tasks"})
    connection.request("POST", "/v1/tools/search", body, {"Content-Type": "application/json", "Authorization": f"Bearer {CALLER}"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def load(cluster, calls):
    """So many calls over all hosts; answers with their statuses."""
    statuses, lock = {}, threading.Lock()

    def caller(number):
        host = cluster.hosts[number % len(cluster.hosts)]
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=60)
        for _ in range(calls // CALLERS):
            status = call(connection)
            with lock:
                statuses[status] = statuses.get(status, 0) + 1

    callers = [threading.Thread(target=caller, args=(number,)) for number in range(CALLERS)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    return statuses


def used(cluster):
    return sum(cpu_seconds(host.process.pid) for host in cluster.hosts)


def measure(toolbay, plugins, server, calls):
    """Each number of hosts with a database of its own, one after the other; answers with the rows of the table and what failed."""
    rows, failed, first = [], [], None
    for count in [1, 2, 4]:
        with emulator(toolbay, False) as notion, tempfile.TemporaryDirectory() as folder:
            database = server.database(f"calls_{count}")
            cluster = Cluster(toolbay, plugins, notion, database, folder, count, NOTION_REQUESTS_PER_MINUTE="60000", TOOLBAY_LOG="warn")
            try:
                load(cluster, calls // 4)
                time.sleep(1)
                before, begun = used(cluster), time.monotonic()
                time.sleep(3)
                idle = (used(cluster) - before) / (time.monotonic() - begun)
                before, begun = used(cluster), time.monotonic()
                statuses = load(cluster, calls)
                took = time.monotonic() - begun
                # Also what is told after the last answer.
                time.sleep(0.5)
                cpu = used(cluster) - before - idle * (time.monotonic() - begun)
            finally:
                cluster.stop()
        total = sum(statuses.values())
        per_second = total / cpu
        first = first or per_second
        ratio = per_second / first
        what = f"calls per CPU second of {count} host{'s' if count > 1 else ''}, each call a request to Notion"
        got = f"{per_second:.0f} ({ratio:.2f} of one host's); {total / took:.0f} a second; idle {idle * 1000:.0f} ms CPU a second"
        rows.append((what, got, "" if count == 1 else "at least 0.90 of one host's"))
        if ratio < 1 - WITHIN or set(statuses) != {200}:
            failed.append(f"{what}: {got}, answers {statuses}")
    return rows, failed
