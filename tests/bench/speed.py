"""script/bench speed: calls a second, latencies, CPU, start and memory of a release build, beside a bare handler and another build."""

import contextlib
import json
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from budget import TOKEN, ask
from checkout import PLUGINS, Checkout
from host import TARGET, Host, free_port, run
from load import ECHO, load, over_mcp, over_rest

OHA_VERSION = "1.16.0"

# Rounds in which everything that is compared takes its turn, so that a change of the machine's mood meets all.
ROUNDS = 3

# Rows that a query answers: the largest page that Notion has.
ROWS = 100

QUERY = {"limit": ROWS, "sorts": ["-Number"]}

HOSTILE = [
    ("spin", {}),
    ("spin", {}),
    ("memory_bomb", {}),
    ("recursion", {}),
    ("trap", {}),
    ("giant_output", {"mebibytes": 20}),
    ("log_flood", {"times": 100_000, "bytes": 1_000}),
    ("host_call_flood", {"function": "clock", "times": 1_000_000_000}),
    ("deep_json", {"depth": 100_000}),
]


class Bare:
    """The bare handler, in a process of its own."""

    token = None

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen([str(TARGET / "release/bare-handler"), f"127.0.0.1:{self.port}"])

    def close(self):
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def hosts(checkouts, plugins, settings=None):
    """A host of each checkout with the plugins that it packed under this name, all at once."""
    with contextlib.ExitStack() as stack:
        running = []
        for checkout in checkouts:
            data = stack.enter_context(tempfile.TemporaryDirectory())
            host = Host(checkout.toolbay, checkout.packed / plugins, data, **(settings or {}))
            stack.callback(host.stop)
            running.append(host)
        yield running


def prepare(beside, builds):
    """Builds what is measured and what measures."""
    checkouts = [Checkout()] + ([Checkout(beside)] if beside else [])
    if builds:
        run("script/setup")
        checkouts[0].build("bare-handler", "notion-emulator")
        for other in checkouts[1:]:
            other.build()
    tools = TARGET / "tools"
    if not (tools / "bin/oha").exists():
        run("cargo", "install", "oha", "--version", OHA_VERSION, "--locked", "--root", tools)
    return checkouts, tools / "bin/oha"


def call(host, tool, arguments):
    """One call by hand: what is measured must be right."""
    answer = ask(f"http://127.0.0.1:{host.port}/v1/tools/{tool}", host.token, arguments)
    assert answer["ok"], answer
    return answer["result"]


def echo(checkouts, oha, seconds):
    """The echo tool over MCP and REST beside the bare handler: for each load, the runs of the handler and of each host."""
    loads = {
        ("MCP", 64): over_mcp("echo", ECHO),
        ("MCP", 16): over_mcp("echo", ECHO),
        ("REST", 16): over_rest("echo", ECHO),
    }
    runs = {key: [[] for _ in range(len(checkouts) + 1)] for key in loads}
    with hosts(checkouts, "echo") as running, contextlib.closing(Bare()) as bare:
        for host in running:
            assert call(host, "echo", {"message": "right"}) == {"message": "right"}
        for server in (bare, *running):
            load(oha, server, 1, 64, loads["MCP", 64])
        for _ in range(ROUNDS):
            for key, request in loads.items():
                baseline = over_mcp("echo", ECHO)
                runs[key][0].append(load(oha, bare, seconds, key[1], baseline))
                for number, host in enumerate(running, 1):
                    runs[key][number].append(load(oha, host, seconds, key[1], request))
    return runs


def query(checkouts, oha, seconds):
    """A query of a database with a page of rows over REST, by one caller at a time: the runs of each host."""
    emulator = subprocess.Popen(
        [str(TARGET / "release/notion-emulator")],
        env={"EMULATOR_LISTEN": "127.0.0.1:0", "EMULATOR_RATE_LIMIT": "off", "EMULATOR_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # "Notion emulator at URL (token TOKEN)"
        url = emulator.stdout.readline().split()[3]
        arguments = {"database_id": fill(url), **QUERY}
        settings = {
            "NOTION_TOKEN": TOKEN,
            "NOTION_API_URL": url,
            "NOTION_REQUESTS_PER_MINUTE": "60000",
            "TOOLBAY_GRANT_ON_DROP": "notion.read,notion.write,tools.call",
        }
        runs = [[] for _ in checkouts]
        with hosts(checkouts, "query", settings) as running:
            for host in running:
                assert len(call(host, "query", arguments)["rows"]) == ROWS
                load(oha, host, 1, 1, over_rest("query", arguments))
            for _ in range(ROUNDS):
                for number, host in enumerate(running):
                    runs[number].append(load(oha, host, seconds, 1, over_rest("query", arguments)))
    finally:
        emulator.terminate()
        emulator.wait()
    return runs


def fill(url):
    """Makes a database with a page of rows in an emulator; its id."""

    def post(path, body):
        request = urllib.request.Request(
            f"{url}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Notion-Version": "2026-03-11"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    properties = {
        "Name": {"title": {}},
        "Number": {"number": {}},
        "Done": {"checkbox": {}},
        "Note": {"rich_text": {}},
        "Status": {"select": {"options": [{"name": "Open"}, {"name": "Closed"}]}},
        "Tags": {"multi_select": {"options": [{"name": "red"}, {"name": "green"}]}},
        "Due": {"date": {}},
        "Link": {"url": {}},
    }
    parent = {"type": "page_id", "page_id": ask(f"{url}/_emulator/state")["ids"]["root_page"]}
    title = [{"type": "text", "text": {"content": "Measured"}}]
    made = post("/v1/databases", {"parent": parent, "title": title, "initial_data_source": {"properties": properties}})
    source = made["data_sources"][0]["id"]
    text = lambda content: [{"type": "text", "text": {"content": content}}]
    for number in range(ROWS):
        values = {
            "Name": {"title": text(f"Row {number} of a table that somebody works with")},
            "Number": {"number": number},
            "Done": {"checkbox": number % 2 == 0},
            "Note": {"rich_text": text(f"What was agreed about {number}, and with whom, in a sentence or two.")},
            "Status": {"select": {"name": "Open" if number % 3 else "Closed"}},
            "Tags": {"multi_select": [{"name": "red"}, {"name": "green"}]},
            "Due": {"date": {"start": f"2026-11-{number % 28 + 1:02}"}},
            "Link": {"url": f"https://example.com/rows/{number}"},
        }
        post("/v1/pages", {"parent": {"type": "data_source_id", "data_source_id": source}, "properties": values})
    return source


def misbehave(host, tool, arguments, stop):
    """Calls a hostile tool over and over. It has to be answered each time, with a problem or within its limits."""
    while not stop.is_set():
        request = urllib.request.Request(
            f"http://127.0.0.1:{host.port}/v1/tools/{tool}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {host.token}", "Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=60).read()
        except urllib.error.HTTPError as answer:
            answer.read()
        stop.wait(0.05)


def neighbours(checkout, oha, seconds):
    """A well-behaved tool alone, and beside a caller of every hostile tool at once."""
    request = over_mcp("echo", ECHO)
    with hosts([checkout], "neighbours") as (host,):
        load(oha, host, 1, 8, request, rate=200)
        alone = load(oha, host, seconds, 8, request, rate=200)
        stop = threading.Event()
        threads = [threading.Thread(target=misbehave, args=(host, *hostile, stop)) for hostile in HOSTILE]
        for thread in threads:
            thread.start()
        time.sleep(1)
        beside = load(oha, host, seconds, 8, request, rate=200)
        stop.set()
        for thread in threads:
            thread.join()
    return alone, beside


def starts(checkouts):
    """Five starts of each with many cached plugins: how long until it was ready, and what it held then."""
    ready, resident = [[] for _ in checkouts], [[] for _ in checkouts]
    with contextlib.ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in checkouts]
        for checkout, data in zip(checkouts, folders):
            Host(checkout.toolbay, checkout.packed / "many", data).stop()
        for _ in range(5):
            for number, (checkout, data) in enumerate(zip(checkouts, folders)):
                host = Host(checkout.toolbay, checkout.packed / "many", data)
                ready[number].append(host.ready_ms)
                time.sleep(3)
                resident[number].append(host.resident_mib())
                host.stop()
    return ready, resident


def middle(runs, key):
    return statistics.median(run[key] for run in runs)


def spread(values, form):
    """The middle of some values, and what they lie between."""
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(statistics.median(values))} ({low} to {high})"


def measure(seconds, beside=None, builds=True):
    """The header and the rows of the table, and the figures as they are."""
    checkouts, oha = prepare(beside, builds)
    echoes = echo(checkouts, oha, seconds)
    queries = query(checkouts, oha, seconds)
    lives = [checkout.life_of_a_call() for checkout in checkouts]
    beside_hostile = [neighbours(checkout, oha, seconds) for checkout in checkouts]
    ready, resident = starts(checkouts)

    each = range(len(checkouts))
    of_bare = lambda key: [
        [host["per_second"] / bare["per_second"] for bare, host in zip(echoes[key][0], echoes[key][number + 1])] for number in each
    ]
    cpu = lambda key: [[run["cpu_us"] for run in echoes[key][number + 1]] for number in each]
    own = "Toolbay, the plugin's call"
    # What is measured, of each checkout; how it is written; what it should be.
    figures = [
        ("echo over MCP, 64 connections: throughput, of bare", of_bare(("MCP", 64)), "{:.2f}", "at least 0.50"),
        ("echo over MCP, 16 connections: throughput, of bare", of_bare(("MCP", 16)), "{:.2f}", "at least 0.50"),
        ("echo over REST, 16 connections: throughput, of the same", of_bare(("REST", 16)), "{:.2f}", ""),
        ("echo over MCP, 64 connections: p99, ms", [[run["p99_ms"] for run in echoes["MCP", 64][number + 1]] for number in each], "{:.1f}", "under 15"),
        ("echo over MCP, 16 connections: CPU a call, us", cpu(("MCP", 16)), "{:.1f}", "REST and 10"),
        ("echo over REST, 16 connections: CPU a call, us", cpu(("REST", 16)), "{:.1f}", ""),
        (f"query of {ROWS} rows over REST: CPU a call, us", [[run["cpu_us"] for run in queries[number]] for number in each], "{:.0f}", ""),
        ("life of a call in the sandbox: p50, us", [[life[own]["p50_us"]] for life in lives], "{:.1f}", "at most 25"),
        ("echo at 200/s beside nine hostile callers: p99, ms", [[hostile["p99_ms"]] for _, hostile in beside_hostile], "{:.2f}", "twice alone"),
        ("echo at 200/s alone: p99, ms", [[alone["p99_ms"]] for alone, _ in beside_hostile], "{:.2f}", ""),
        (f"start to ready, {PLUGINS} cached plugins, ms", ready, "{:.0f}", "under 300"),
        (f"resident memory, idle, {PLUGINS} plugins, MiB", resident, "{:.1f}", "under 80"),
    ]
    bare = echoes["MCP", 64][0]
    handler = f"{middle(bare, 'per_second'):,.0f}/s, p99 {middle(bare, 'p99_ms'):.1f} ms, CPU {middle(bare, 'cpu_us'):.1f} us"
    blank = [""] * (2 * len(checkouts) - 2)
    rows = [("bare axum handler, 64 connections", handler, *blank, "")]
    for name, values, form, aim in figures:
        cells = [spread(runs, form) if len(runs) > 1 else form.format(runs[0]) for runs in values]
        ratio = [f"{statistics.median(values[0]) / statistics.median(values[1]):.2f}"] if beside else []
        rows.append((name, *cells, *ratio, aim))
    header = ("figure: middle (least to most)", "this build", *(["the other", "this / other"] if beside else []), "aim")
    echoes = {f"{surface} {connections}": runs for (surface, connections), runs in echoes.items()}
    return header, rows, {"echo": echoes, "query": queries, "life_of_a_call": lives, "neighbours": beside_hostile, "ready_ms": ready, "resident_mib": resident}
