"""script/bench identity: what it costs to know who calls and what they may do, and that a crowd in the store changes nothing."""

import contextlib
import http.client
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from checkout import Checkout
from host import Host, run
from load import ECHO, cpu_seconds, load, over_mcp
from speed import ROUNDS, call, prepare, spread

# API tokens and clients' grants in the store, each grant with an access and a refresh token.
FEW = 5_000
MANY = 100_000

# Tokens of each kind that calls come with in turn. At the pace of the caller here a token comes again after its answer has left
# the host's memory (toolbay_store::CACHED).
SHOWN = 5_000

# Memory, so that making a crowd doesn't wait for a disk.
FAST = Path("/dev/shm")

# Calls a second of one token: fewer than the host could answer, so that all kinds do the same, and than a rate can allow.
PACE = 5_000

KINDS = ["host's own token", "API token", "narrowed API token, with a rate", "client's access token"]


def crowd(checkout, data, count):
    """Fills a store. The tokens of bearers, the first of which may use everything, and those of clients."""
    program = checkout.target / "release/examples/crowd"
    shown = subprocess.run([program, data, str(count), str(SHOWN)], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return shown[:SHOWN], shown[SHOWN:]


class Bearer:
    """A host, called by somebody else."""

    def __init__(self, host, token):
        self.port, self.process, self.token = host.port, host.process, token


def in_turn(host, tokens):
    """CPU of a call over REST, each with another token than the one before, one at a time."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=60)
    body = json.dumps(ECHO)
    before = cpu_seconds(host.process.pid)
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/tools/echo", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
    used = cpu_seconds(host.process.pid) - before
    connection.close()
    return used * 1e6 / len(tokens)


def measure(seconds, builds=True):
    """The rows of the table, and the figures as they are."""
    [checkout], oha = prepare(None, builds)
    if builds:
        run("cargo", "build", "--release", "--workspace", "--example", "crowd")
    request = over_mcp("echo", ECHO)
    runs = {count: {kind: [] for kind in (*KINDS, "of bearers", "of clients")} for count in (FEW, MANY)}
    with contextlib.ExitStack() as stack:
        hosts = {}
        for count in (FEW, MANY):
            data = stack.enter_context(tempfile.TemporaryDirectory(dir=FAST if FAST.is_dir() else None))
            bearers, clients = crowd(checkout, data, count)
            host = Host(checkout.toolbay, checkout.packed / "echo", data)
            stack.callback(host.stop)
            assert call(host, "echo", ECHO) == ECHO
            hosts[count] = host, bearers, clients
        for _ in range(ROUNDS):
            for count, (host, bearers, clients) in hosts.items():
                for kind, token in zip(KINDS, (host.token, bearers[0], bearers[1], clients[1])):
                    runs[count][kind].append(load(oha, Bearer(host, token), seconds, 16, request, rate=PACE)["cpu_us"])
                runs[count]["of bearers"].append(in_turn(host, bearers))
                runs[count]["of clients"].append(in_turn(host, clients))
    middle = lambda count, kind: statistics.median(runs[count][kind])
    base = middle(FEW, KINDS[0])
    rows = []
    for kind in KINDS:
        aim = "at most 1.05" if kind != KINDS[0] else ""
        rows.append((f"by the {kind}", *(spread(runs[count][kind], "{:.1f}") for count in (FEW, MANY)), f"{middle(FEW, kind) / base:.2f}", aim,
                     f"{middle(MANY, kind) / middle(FEW, kind):.2f}", "at most 1.10"))
    for kind in ("of bearers", "of clients"):
        rows.append((f"another token each time, {kind}", *(spread(runs[count][kind], "{:.1f}") for count in (FEW, MANY)), "", "",
                     f"{middle(MANY, kind) / middle(FEW, kind):.2f}", "at most 1.10"))
    header = ("CPU of an echo, us", f"{FEW:,} grants and tokens", f"{MANY:,}", "of the host's own", "aim", "many / few", "aim")
    return header, rows, runs
