"""What a proxy must leave as it is: streams as they come, the host's own refusals, and addresses: through.py URL FOLDER PLUGIN LOG.

URL is the proxy's, FOLDER the host's plugin folder, PLUGIN a file that is put there, LOG the host's log with its requests.
"""
import http.client
import json
import os
import shutil
import socket
import ssl
import sys
import time
import urllib.parse

URL, FOLDER, PLUGIN, LOG = sys.argv[1:]
PLACE = os.path.join(FOLDER, os.path.basename(PLUGIN))
TOKEN = os.environ["TOOLBAY_TOKEN"]
MODERN = "2026-07-28"
# What a client hears of a change late is what a proxy held back; a host looks at its folder within 2 s, and may have to compile.
SOON_S = 30


class Through(http.client.HTTPSConnection):
    """A connection to the proxy from one of this machine's addresses; of `localhost` it listens at 127.0.0.1 alone."""

    def __init__(self, source):
        parts = urllib.parse.urlsplit(URL)
        super().__init__(parts.hostname, parts.port, timeout=SOON_S)
        self.source = source

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), SOON_S, (self.source, 0))
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def ask(method, path, body=None, source="127.0.0.1", **headers):
    """One request; the answer with its connection, which a stream needs."""
    to = Through(source)
    sent = {"Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if isinstance(body, dict):
        sent["Content-Type"] = "application/json"
        body = json.dumps(body)
    to.request(method, path, body, sent)
    return to, to.getresponse()


def messages(answer):
    """The messages of a stream of events, as they come; `None` for what only keeps it open."""
    while True:
        line = answer.readline()
        if not line:
            return
        if line.startswith(b"data:") and line[5:].strip():
            yield json.loads(line[5:])
        elif line.startswith(b":"):
            yield None


def change():
    """The plugin comes or goes, so that clients that listen have something to hear."""
    if os.path.exists(PLACE):
        os.remove(PLACE)
    else:
        shutil.copy(PLUGIN, PLACE)


def hears(answer):
    begun = time.monotonic()
    change()
    for message in messages(answer):
        if message and message.get("method") == "notifications/tools/list_changed":
            return time.monotonic() - begun
    raise AssertionError("the stream ended without telling of the change")


def legacy():
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "through", "version": "1"}}}
    _, answer = ask("POST", "/mcp", hello, Accept="application/json, text/event-stream")
    assert answer.status == 200, answer.status
    session = answer.headers["Mcp-Session-Id"]
    answer.read()
    same = {"Mcp_Session_Id": session, "MCP_Protocol_Version": "2025-11-25"}
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    _, answer = ask("POST", "/mcp", done, Accept="application/json, text/event-stream", **same)
    assert answer.status == 202, answer.status
    begun = time.monotonic()
    to, answer = ask("GET", "/mcp", Accept="text/event-stream", **same)
    assert answer.status == 200 and "text/event-stream" in answer.headers["Content-Type"]
    assert time.monotonic() - begun < 5, "the head of a silent stream is held back"
    print(f"a legacy client hears of a change after {hears(answer):.1f} s")
    # Silence is no reason to end it.
    begun = time.monotonic()
    assert next(messages(answer)) is None
    print(f"and is told after {time.monotonic() - begun:.0f} s of silence that the stream is open")
    to.close()


def modern():
    meta = {f"io.modelcontextprotocol/{name}": value for name, value in (
        ("protocolVersion", MODERN), ("clientInfo", {"name": "through", "version": "1"}), ("clientCapabilities", {}))}
    listen = {"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": {
        "notifications": {"toolsListChanged": True}, "_meta": meta}}
    named = {"MCP_Protocol_Version": MODERN, "Mcp_Method": "subscriptions/listen"}
    to, answer = ask("POST", "/mcp", listen, Accept="application/json, text/event-stream", **named)
    assert answer.status == 200 and "text/event-stream" in answer.headers["Content-Type"], answer.status
    acknowledged = next(message for message in messages(answer) if message)
    assert "acknowledged" in acknowledged.get("method", ""), acknowledged
    print(f"a modern client hears of a change after {hears(answer):.1f} s")
    to.close()


def limits():
    _, answer = ask("POST", "/v1/tools/query", {"filler": "x" * (3 << 20)})
    refusal = json.loads(answer.read())
    assert answer.status == 413 and refusal["error"]["code"] == "limit_exceeded", answer.status
    print("a body of 3 MiB is refused by the host, in the envelope")
    try:
        _, answer = ask("POST", "/v1/tools/query", {"filler": "x" * (5 << 20)})
        assert answer.status == 413, answer.status
        print("a body of 5 MiB is refused")
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        print("a body of 5 MiB is cut off")


def addresses():
    """Clients other than the proxy are known by what it appends, and by nothing that they write themselves."""
    path = f"/v1/tools/nothing-{os.getpid()}"
    for source in "127.0.0.2", "127.0.0.3":
        _, answer = ask("GET", path, source=source, X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9")
        answer.read()
    time.sleep(1)
    with open(LOG) as log:
        lines = [json.loads(line)["fields"] for line in log if "request.answered" in line]
    counted = {line.get("client") for line in lines}
    assert {"127.0.0.2", "127.0.0.3"} <= counted, counted
    assert "203.0.113.9" not in counted, counted
    print("clients are counted by their own addresses, whatever they write")


legacy()
modern()
limits()
addresses()
