"""MCP servers that others wrote, behind a host of their own. Prints a line a check, and fails when one does."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client

from model import Model

CACHE = Path(sys.argv[1])
NODE = shutil.which("node")
EVERYTHING = CACHE / "upstream-node/node_modules/@modelcontextprotocol/server-everything/dist/index.js"
FILES = CACHE / "upstream-node/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js"
# The newest SDK of Python, and the one before.
PYTHON, PYTHON_V1 = CACHE / "upstream-python/bin", CACHE / "upstream-python-v1/bin"
TOKEN = secrets.token_hex(24)
SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, holds, seconds=SECONDS):
    end = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class World:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.children = {}
        self.ports = {"remote": free_port(), "older": free_port()}
        self.url = f"http://127.0.0.1:{free_port()}"
        (self.folder / "shared").mkdir()
        (self.folder / "shared" / "notes.txt").write_text("The gears are ordered.\n")
        self.model = Model()
        # Beside the servers: Notion and a SQLite file, by plugins.
        (self.folder / "plugins").mkdir()
        for plugin in ("search", "sql"):
            shutil.copy(Path(os.environ["TOOLBAY_PLUGIN_DIR"]) / f"{plugin}.wasm", self.folder / "plugins")
        with sqlite3.connect(self.folder / "stock.db") as stock:
            stock.execute("CREATE TABLE gears (name TEXT, teeth INTEGER)")
            stock.execute("INSERT INTO gears VALUES ('sun gear', 24)")
        stock.close()

    def start(self, name):
        """A server over HTTP, which Toolbay doesn't start."""
        kind = {"remote": "streamableHttp", "older": "sse"}[name]
        environment = {**os.environ, "PORT": str(self.ports[name])}
        self.children[name] = subprocess.Popen([NODE, EVERYTHING, kind], env=environment, stdout=subprocess.DEVNULL,
                                               stderr=open(self.folder / f"{name}.log", "ab"))

    def serve(self):
        text = f"""
[upstreams.everything]
command = ["{NODE}", "{EVERYTHING}", "stdio"]
reads = ["echo", "get-sum"]

[upstreams.files]
command = ["{NODE}", "{FILES}", "{self.folder / "shared"}"]

[upstreams.clock]
command = ["{PYTHON / "mcp-server-time"}", "--local-timezone=UTC"]
reads = ["get_current_time", "convert_time"]

[upstreams.rows]
command = ["{PYTHON_V1 / "mcp-server-sqlite"}", "--db-path", "{self.folder / "rows.db"}"]
reads = ["read_query", "list_tables", "describe_table"]

[upstreams.remote]
url = "http://127.0.0.1:{self.ports["remote"]}/mcp"
allow_private = true
reads = ["echo", "get-sum"]

[upstreams.older]
url = "http://127.0.0.1:{self.ports["older"]}/sse"
transport = "sse"
allow_private = true
reads = ["echo", "get-sum"]

[databases.stock]
url = "sqlite://{self.folder / "stock.db"}"

[chat]
base_url = "{self.model.url}"
model = "scripted"

[grants]
search = ["notion.read"]
sql = ["sql.read"]
"""
        configuration = self.folder / "toolbay.toml"
        configuration.write_text(text)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "TOOLBAY_DATA_DIR": str(self.folder / "data"),
            "TOOLBAY_PLUGIN_DIR": str(self.folder / "plugins"),
            "TOOLBAY_LISTEN": self.url.removeprefix("http://"), "ACTION_API_TOKEN": TOKEN, "NOTION_TOKEN": "secret_emulator",
            "NOTION_API_URL": os.environ["EMULATOR_URL"], "TOOLBAY_LOG": "info",
        }
        self.environment = environment
        self.children["host"] = subprocess.Popen([os.environ["TOOLBAY_BIN"], "--config", configuration, "serve"], env=environment,
                                                 stderr=open(self.folder / "host.log", "ab"))

    def command(self, *arguments):
        command = [os.environ["TOOLBAY_BIN"], "--json", "--config", self.folder / "toolbay.toml", *arguments]
        return json.loads(subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout)

    def ask(self, path, body=None, **headers):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body is not None else None,
                                         {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def call(self, tool, arguments, **headers):
        return self.ask(f"/v1/tools/{tool}", arguments, **headers)

    def tools(self):
        return {tool["name"]: tool for tool in self.ask("/v1/tools")["result"]["tools"]}

    def chat(self, message, *rounds):
        """One turn, in which the model asks for these calls."""
        self.model.rounds = list(rounds)
        return self.ask("/v1/chat", {"message": message, "tools": sorted({name for calls in rounds for name, _ in calls})})["result"]

    def stop(self):
        self.model.stop()
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()


def text_of(answer):
    assert answer["ok"], answer
    return json.dumps([answer["result"], answer.get("content")])


def lists_all(world):
    wanted = {"everything_echo", "files_read_text_file", "clock_get_current_time", "rows_read_query", "remote_echo", "older_echo"}
    until("all servers list their tools", lambda: wanted <= set(world.tools()))
    tools = world.tools()
    return f"{sum(name.split('_')[0] in ('everything', 'files', 'clock', 'rows', 'remote', 'older') for name in tools)} tools of six servers"


def answers_each_transport(world):
    for server in ("everything", "remote", "older"):
        assert "hello from here" in text_of(world.call(f"{server}_echo", {"message": "hello from here"})), server
        assert "42" in text_of(world.call(f"{server}_get_sum", {"a": 40, "b": 2})), server
    return "echo and get-sum over stdio, Streamable HTTP and the older HTTP"


def reads_and_writes(world):
    assert "gears" in text_of(world.call("files_read_text_file", {"path": str(world.folder / "shared" / "notes.txt")}))
    path = str(world.folder / "shared" / "new.txt")
    key = {"idempotency-key": "write-once"}
    for _ in range(2):
        text_of(world.call("files_write_file", {"path": path, "content": "once"}, **key))
    assert Path(path).read_text() == "once"
    world.call("rows_create_table", {"query": "CREATE TABLE t (n INTEGER)"})
    for _ in range(3):
        text_of(world.call("rows_write_query", {"query": "INSERT INTO t VALUES (7)"}, **{"idempotency-key": "one-row"}))
    rows = text_of(world.call("rows_read_query", {"query": "SELECT count(*) AS many, sum(n) AS total FROM t"}))
    assert "1" in rows and "7" in rows and "21" not in rows, rows
    assert "timezone" in text_of(world.call("clock_get_current_time", {"timezone": "Europe/Berlin"}))
    return "a key is one wish: three calls insert one row"


def refuses(world):
    outside = world.call("files_read_text_file", {"path": "/etc/passwd"})
    assert outside["error"]["code"] == "failed" and "denied" in outside["error"]["message"].lower(), outside
    wrong = world.call("everything_get_sum", {"a": "many", "b": 2})
    assert wrong["error"]["code"] == "invalid_input", wrong
    assert world.call("files_echo", {})["error"]["code"] == "not_found"
    return "what a server denies, arguments that don't fit, and a tool that isn't there"


def is_in_openapi(world):
    operations = {operation["operationId"] for path in world.ask("/openapi/full.json")["paths"].values() for operation in path.values()}
    assert {"everything_echo", "rows_read_query", "older_get_sum"} <= operations, operations
    return f"{len(operations)} operations"


def is_audited(world):
    events = world.ask("/v1/tools/audit_list", {"tool": "rows_write_query"})["result"]["events"]
    assert events, events
    told = world.command("upstream", "list")
    assert {row["name"] for row in told} == {"clock", "everything", "files", "older", "remote", "rows"}, told
    return f"{len(events)} acts of one tool"


def chats(world):
    """One turn over every source: servers of three transports, Notion, a SQLite file and the host's own tools."""
    until("the plugins are there", lambda: {"search", "read_query"} <= set(world.tools()))
    wanted = {
        "everything": ("everything_echo", {"message": "from the program"}, "from the program"),
        "remote": ("remote_echo", {"message": "from the network"}, "from the network"),
        "older": ("older_get_sum", {"a": 40, "b": 2}, "42"),
        "clock": ("clock_get_current_time", {"timezone": "Europe/Berlin"}, "Berlin"),
        "rows": ("rows_read_query", {"query": "SELECT 6 * 7 AS n"}, "42"),
        "search": ("search", {"query": ""}, "results"),
        "sql": ("read_query", {"sql": "SELECT name FROM gears"}, "sun gear"),
        "toolbay": ("job_list", {}, "jobs"),
    }
    asked = [(tool, arguments) for tool, arguments, _ in wanted.values()]
    turn = world.chat("Ask all of them.", asked[:3], asked[3:])
    assert turn["ended"] == "answered" and turn["response"] == "That is all.", turn
    made = {call["tool"]: call for call in turn["tool_calls"]}
    for server, (tool, _, expected) in wanted.items():
        call = made[tool]
        assert call["server"] == server and not call["is_error"] and expected in call["result"], call
        assert any(expected in heard for heard in world.model.heard), tool
    assert set(turn["servers_used"]) == set(wanted), turn["servers_used"]
    # What has been read orders nothing: the next write is asked about, and not made.
    path = str(world.folder / "shared" / "by-a-model.txt")
    turn = world.chat("Write what it says.", [asked[0]], [("files_write_file", {"path": path, "content": "x"})])
    assert turn["ended"] == "question" and turn["question"]["tool"] == "files_write_file", turn
    assert not Path(path).exists()
    return f"{len(wanted)} sources in one turn, and a write that is asked about"


def comes_back(world):
    world.children["remote"].kill()
    world.children["remote"].wait()
    gone = world.call("remote_get_sum", {"a": 1, "b": 1})
    assert gone["error"]["code"] in ("unavailable", "upstream_failed", "outcome_unknown"), gone
    assert "hello" in text_of(world.call("older_echo", {"message": "hello"})), "another one is kept waiting"
    world.start("remote")
    until("the server over HTTP is back", lambda: world.call("remote_echo", {"message": "again"})["ok"], 90)
    # The one that Toolbay started.
    own = [pid for pid in processes() if runs_everything(pid, world)]
    assert len(own) == 1, own
    os.kill(own[0], signal.SIGKILL)
    until("the program is back", lambda: world.call("everything_echo", {"message": "again"})["ok"])
    return "one over HTTP and one that the host starts"


def processes():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def runs_everything(pid, world):
    """Whether a process is the server over standard input that this host has started."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        place = Path(f"/proc/{pid}/cwd").resolve()
    except OSError:
        return False
    return words[1:3] == [str(EVERYTHING).encode(), b"stdio"] and place.is_relative_to(world.folder.resolve())


async def over_mcp(world):
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as http:
        async with mcp.Client(streamable_http_client(f"{world.url}/mcp", http_client=http)) as client:
            names, cursor = set(), None
            while True:
                page = await client.list_tools(cursor=cursor) if cursor else await client.list_tools()
                names |= {tool.name for tool in page.tools}
                cursor = page.next_cursor
                if not cursor:
                    break
            assert {"everything_echo", "older_get_sum", "job_get"} <= names, names
            answer = await client.call_tool("older_get_sum", {"a": 40, "b": 2})
            assert "42" in str(answer.content), answer
            return f"{len(names)} tools, one called"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        try:
            for name in ("remote", "older"):
                world.start(name)
            world.serve()
            until("the host listens", lambda: is_open(world.url))
            checks = [lists_all, answers_each_transport, reads_and_writes, refuses, is_in_openapi, is_audited,
                      lambda world: asyncio.run(over_mcp(world)), chats, comes_back]
            names = ["lists_all", "answers_each_transport", "reads_and_writes", "refuses", "is_in_openapi", "is_audited", "over_mcp",
                     "chats", "comes_back"]
            for name, check in zip(names, checks):
                try:
                    print(f"ok    {name}: {check(world)}", flush=True)
                    passed += 1
                except Exception:
                    failed += 1
                    print(f"FAIL  {name}: {traceback.format_exc()}", flush=True)
            if failed:
                print((Path(folder) / "host.log").read_text()[-4000:], file=sys.stderr)
        finally:
            world.stop()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def is_open(url):
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


main()
