"""How soon a token that is revoked at one host is refused at another one, and a stream of its bearer ends."""

import tempfile
import threading
import time
import urllib.request

from cluster import Cluster, ask, emulator

WITHIN = 2.0


def listen(url, token, ended):
    """Reads the changes until they end."""
    request = urllib.request.Request(f"{url}/v1/changes", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as stream:
        while stream.readline():
            pass
    ended.append(time.monotonic())


def measure(toolbay, plugins, server, tokens):
    """Answers with the rows of the table and what failed."""
    refused, streams = [], []
    with emulator(toolbay, False) as notion, tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(toolbay, plugins, notion, server.database("revoked"), folder, 2)
        try:
            admin = cluster.command("token", "create", "admin", "--administers").split()[-1]
            one, other = (f"{cluster.url(number)}" for number in range(2))
            for number in range(tokens):
                _, made = ask(f"{one}/v1/administration/tokens", admin, {"name": f"token {number}"})
                token, row = made["result"]["token"], made["result"]["id"]
                # In the other host's memory, as any token that is in use.
                while ask(f"{other}/v1/tools", token)[0] != 200:
                    time.sleep(0.05)
                ended = []
                reader = threading.Thread(target=listen, args=(other, token, ended), daemon=True)
                reader.start()
                time.sleep(0.3)
                assert ask(f"{other}/v1/tools", token)[0] == 200
                begun = time.monotonic()
                ask(f"{one}/v1/administration/tokens/{row}", admin, method="DELETE")
                revoked = time.monotonic()
                while ask(f"{other}/v1/tools", token)[0] != 401 and time.monotonic() < begun + 10:
                    time.sleep(0.005)
                refused.append(time.monotonic() - revoked)
                reader.join(timeout=10)
                streams.append(ended[0] - revoked if ended else float("inf"))
        finally:
            cluster.stop()
    rows = [
        (f"{tokens} tokens revoked at one host: refused at the other after", f"{max(refused) * 1000:.0f} ms at most", "2 s"),
        ("a stream of changes of their bearer ends after", f"{max(streams) * 1000:.0f} ms at most", "2 s"),
    ]
    failed = [" ".join(row) for row, slowest in zip(rows, [max(refused), max(streams)]) if slowest > WITHIN]
    return rows, failed
