"""What every part of script/bench stands on: where things are, and a host in a process of its own."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

# Longest that a host may take until it is ready, in seconds; with many plugins to compile it takes a while.
READY_WITHIN = 300


def run(*command, **options):
    print("+", *command, file=sys.stderr)
    return subprocess.run([str(part) for part in command], check=True, cwd=ROOT, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Host:
    """A host in a process of its own, with the plugins of a folder."""

    def __init__(self, toolbay, plugins, data, **settings):
        self.port = free_port()
        self.token = secrets.token_hex(24)
        environment = {
            "PATH": os.environ["PATH"],
            "ACTION_API_TOKEN": self.token,
            "TOOLBAY_LOG": "warn",
            **settings,
        }
        command = [toolbay, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", data, "--plugin-dir", plugins]
        self.log = Path(data) / "host.log"
        begun = time.perf_counter()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([str(part) for part in command], env=environment, cwd=data, stderr=log)
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        break
            except OSError as error:
                if self.process.poll() is not None:
                    sys.exit(f"the host ended before it was ready: {self.log.read_text()[-2000:]}")
                if time.perf_counter() - begun > READY_WITHIN:
                    self.stop()
                    sys.exit(f"the host is not ready: {self.log.read_text()[-2000:]}")
                # While it compiles it answers, and each answer takes time from that.
                time.sleep(0.02 if isinstance(error, urllib.error.HTTPError) else 0.001)
        self.ready_ms = (time.perf_counter() - begun) * 1000

    def resident_mib(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def table(header, rows):
    """Prints rows under their header."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    for line in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(f"{cell:{width}}" for cell, width in zip(line, widths)) + " |")
    print()
