"""Hosts that are killed, that are stopped past their lease and continued, and that are cut off from the database for so long, while they run
jobs of writes.

The emulator's list of applied writes is the judge: each row that was asked for is there once.
"""

import collections
import random
import signal
import tempfile
import time

from cluster import CALLER, Cluster, ask, emulator

# A job's lease, and some time for another host to take it.
PAST_THE_LEASE = 36
# How long a host has no way to its database.
CUT_OFF = 60
# Rows of each job, and how long the emulator takes for each of them: a job takes longer than a host is left alone.
ROWS, DELAY_MS = 24, 500
OVER = ("succeeded", "failed", "cancelled")


class Work:
    """The jobs that were begun, and what became of them."""

    def __init__(self, cluster, tasks):
        self.cluster, self.tasks = cluster, tasks
        self.jobs, self.names = {}, []

    def begin(self, host):
        number = len(self.jobs)
        names = [f"Job {number}, row {row}" for row in range(ROWS)]
        ops = [{"op": "upsert", "args": {"database_id": self.tasks, "unique": {"property": "Name", "value": name}}} for name in names]
        body = {"kind": "bulk", "args": {"mode": "continue_on_error", "ops": ops}}
        status, answer = ask(f"{self.cluster.url(host)}/v1/jobs", CALLER, body)
        if status in (200, 201, 202):
            self.jobs[answer["result"]["job_id"]] = None
            self.names += names
        return status

    def wait(self, host, seconds):
        """Waits until all have ended; answers whether they have."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for job in [job for job, told in self.jobs.items() if told is None]:
                status, answer = ask(f"{self.cluster.url(host)}/v1/jobs/{job}", CALLER, timeout=10)
                if status == 200 and answer["result"]["status"] in OVER:
                    self.jobs[job] = answer["result"]
            if all(told for told in self.jobs.values()):
                return True
            time.sleep(0.3)
        return False


def round_of(work, number, chance, counted):
    cluster = work.cluster
    victim = number % len(cluster.hosts)
    other = (victim + 1) % len(cluster.hosts)
    for host in (victim, other, victim):
        work.begin(host)
    time.sleep(1 + chance.random() * 2)
    process = cluster.hosts[victim].process
    if number % 3 == 0:
        counted["killed"] += 1
        process.kill()
        process.wait()
        # Sometimes it comes back at once, and has what it left; sometimes others take it when its lease has ended.
        if number % 6 == 3:
            work.wait(other, 90)
        cluster.restart(victim)
    elif number % 3 == 1:
        counted["cut off"] += 1
        cluster.relays[victim].cut()
        time.sleep(CUT_OFF)
        cluster.relays[victim].mend()
    else:
        counted["stopped"] += 1
        process.send_signal(signal.SIGSTOP)
        time.sleep(PAST_THE_LEASE)
        process.send_signal(signal.SIGCONT)
    return work.wait(other, 120)


def measure(toolbay, plugins, server, count, rounds, seed):
    """Answers with the rows of the table and what failed."""
    chance, counted = random.Random(seed), collections.Counter()
    name = f"ends_{count}"
    with emulator(toolbay, False) as notion, tempfile.TemporaryDirectory() as folder:
        database = server.database(name)
        tasks = ask(f"{notion}/_emulator/state")[1]["ids"]["tasks_data_source"]
        ask(f"{notion}/_emulator/faults", body={"route": "POST /v1/pages", "kind": "delay", "delay_ms": DELAY_MS, "times": 1_000_000})
        cluster = Cluster(toolbay, plugins, notion, database, folder, count, NOTION_REQUESTS_PER_MINUTE="60000")
        work, unended = Work(cluster, tasks), 0
        try:
            for number in range(rounds):
                unended += not round_of(work, number, chance, counted)
            # What a host does that believes that it still has a job.
            time.sleep(3)
            writes = ask(f"{notion}/_emulator/writes")[1]
            fences = server.ask(name, "SELECT status, fence, COUNT(*) FROM runs WHERE kind = 'job' GROUP BY 1, 2 ORDER BY 1, 2")
        finally:
            cluster.stop()
    made = collections.Counter(
        write["body"]["properties"]["Name"]["title"][0]["text"]["content"] for write in writes if write["route"] == "POST /v1/pages"
    )
    lost = [name for name in work.names if not made[name]]
    doubled = [name for name, times in made.items() if times > 1]
    statuses = collections.Counter(told["status"] if told else "not ended" for told in work.jobs.values())
    again = sum(int(jobs) for status, fence, jobs in fences if int(fence) > 1)
    rows = [
        (
            f"{count} hosts: killed, stopped for {PAST_THE_LEASE} s, cut off from the database for {CUT_OFF} s",
            f"{counted['killed']}, {counted['stopped']}, {counted['cut off']}",
            "",
        ),
        ("jobs, and what became of them", f"{len(work.jobs)}: " + ", ".join(f"{n} {what}" for what, n in statuses.items()), "all succeeded"),
        ("jobs that went on under a later fence", str(again), "some"),
        ("rows asked for; lost, doubled", f"{len(work.names)}; {len(lost)}, {len(doubled)}", "0, 0"),
    ]
    failed = []
    if lost or doubled or unended or set(statuses) != {"succeeded"} or not again:
        why = {"lost": lost, "doubled": doubled, "statuses": dict(statuses), "taken again": again}
        failed.append(f"hosts that end ({count}): {why}")
    return rows, failed
