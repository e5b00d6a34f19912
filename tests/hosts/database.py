"""Two hosts whose database ends in order, crashes, has no connections left, and is replaced by its standby, while they run jobs of writes.

Meanwhile they have to say what is wrong; afterwards all has to be well, by themselves.
"""

import collections
import contextlib
import socket
import struct
import tempfile
import time

import postgres
from cluster import CALLER, Cluster, ask, emulator
from ends import DELAY_MS, Work

# How long the database is away, and how soon after it all is well.
AWAY, WELL_WITHIN = 8, 30


def measure(toolbay, plugins, rounds):
    """Answers with the rows of the table and what failed."""
    with postgres.server("primary") as primary, contextlib.ExitStack() as servers:
        with emulator(toolbay, False) as notion, tempfile.TemporaryDirectory() as folder:
            tasks = ask(f"{notion}/_emulator/state")[1]["ids"]["tasks_data_source"]
            ask(f"{notion}/_emulator/faults", body={"route": "POST /v1/pages", "kind": "delay", "delay_ms": DELAY_MS, "times": 1_000_000})
            address = primary.database("toolbay")
            cluster = Cluster(toolbay, plugins, notion, address, folder, 2, NOTION_REQUESTS_PER_MINUTE="60000")
            watch = Watch(cluster, tasks)
            try:
                for _ in range(rounds):
                    watch.through("ended in order", lambda: primary.stop("fast"), primary.start)
                    watch.through("crashed", lambda: primary.stop("immediate"), primary.start)
                    watch.through("without a connection", lambda: crowd(primary), lambda: disperse(primary))
                standby = servers.enter_context(postgres.server("primary", primary))
                primary.wait_for_standby()
                watch.through("replaced by its standby", lambda: primary.stop("immediate"), lambda: replace(cluster, standby))
                writes = ask(f"{notion}/_emulator/writes")[1]
            finally:
                cluster.stop()
    return watch.told(writes)


def replace(cluster, standby):
    standby.promote()
    cluster.lead_to(standby.port)


class Watch:
    """What the hosts said, and how soon they were well again."""

    def __init__(self, cluster, tasks):
        self.cluster, self.work = cluster, Work(cluster, tasks)
        self.said, self.well, self.failed = collections.defaultdict(collections.Counter), collections.defaultdict(float), []

    def through(self, what, take_away, give_back):
        for host in (0, 1):
            self.work.begin(host)
        time.sleep(1)
        take_away()
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            for host in (0, 1):
                self.ask(what, host)
            time.sleep(0.2)
        if set(self.said[what]) == {"ok"}:
            self.failed.append(f"database {what}: no host has noticed")
        give_back()
        begun = time.monotonic()
        while not all(self.is_well(host) for host in (0, 1)):
            if time.monotonic() > begun + WELL_WITHIN:
                self.failed.append(f"database {what}: a host is not well within {WELL_WITHIN} s")
                break
            time.sleep(0.1)
        self.well[what] = max(self.well[what], time.monotonic() - begun)
        if not self.work.wait(0, 150):
            self.failed.append(f"database {what}: a job did not end")

    def ask(self, what, host):
        """A call that writes needs the database, and may find it well enough."""
        body = {"database_id": self.work.tasks, "unique": {"property": "Name", "value": f"Meanwhile {what}"}}
        begun = time.monotonic()
        status, answer = ask(f"{self.cluster.url(host)}/v1/tools/upsert", CALLER, body, timeout=70)
        code = answer.get("error") and answer["error"]["code"] or "ok"
        self.said[what][code] += 1
        if status == 0 or (code != "ok" and not answer["error"].get("hint")):
            self.failed.append(f"database {what}: host {host} said {status} {answer}")
        if time.monotonic() - begun > 65:
            self.failed.append(f"database {what}: host {host} took {time.monotonic() - begun:.0f} s")

    def is_well(self, host):
        ready, _ = ask(f"{self.cluster.url(host)}/readyz", timeout=5)
        status, _ = ask(f"{self.cluster.url(host)}/v1/tools/search", CALLER, {"query": "x"}, timeout=20)
        return ready == 200 and status == 200

    def told(self, writes):
        made = collections.Counter(
            write["body"]["properties"]["Name"]["title"][0]["text"]["content"] for write in writes if write["route"] == "POST /v1/pages"
        )
        lost = [name for name in self.work.names if not made[name]]
        doubled = [name for name, times in made.items() if times > 1]
        statuses = collections.Counter(told["status"] if told else "not ended" for told in self.work.jobs.values())
        rows = [
            (f"database {what}: meanwhile; well after", f"{spoken(self.said[what])}; {self.well[what]:.1f} s", f"refusals with a hint; {WELL_WITHIN} s")
            for what in self.said
        ]
        rows.append(("jobs meanwhile, rows; lost, doubled", f"{len(self.work.jobs)}, {len(self.work.names)}; {len(lost)}, {len(doubled)}", "0, 0"))
        if lost or doubled or set(statuses) != {"succeeded"}:
            self.failed.append(f"database: {({'lost': lost, 'doubled': doubled, 'statuses': dict(statuses)})}")
        return rows, self.failed


def spoken(codes):
    return ", ".join(f"{times} {code}" for code, times in sorted(codes.items()))


# Connections that nobody else can have meanwhile, by the server's port.
TAKEN = {}


def crowd(server):
    """Ends all connections, and takes every place before they are opened again."""
    taken = TAKEN.setdefault(server.port, [])
    server.ask("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'toolbay'")
    for _ in range(400):
        connection = connect(server)
        if connection is not None:
            taken.append(connection)
        elif not server.ask("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'toolbay'"):
            return
    raise AssertionError("the server has room for every connection")


def connect(server):
    """A connection that asks for nothing; none where the server has no place."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    words = b"".join(word.encode() + b"\0" for word in ("user", "guest", "database", "postgres")) + b"\0"
    connection.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
    stream = connection.makefile("rb")
    # Messages until it is ready for a query, or the refusal.
    while (kind := stream.read(1)) not in (b"Z", b"E", b""):
        stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
    if kind == b"Z":
        return connection
    connection.close()
    return None


def disperse(server):
    for connection in TAKEN.pop(server.port, []):
        connection.close()
