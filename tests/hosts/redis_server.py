"""A Redis server for a script: a new one that keeps nothing, which ends with its block."""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from postgres import free_port


class Redis:
    """A server that can be killed and started again; then it is empty. It needs the server's program (Debian: redis-server)."""

    def __init__(self):
        self.program = shutil.which("redis-server") or sys.exit("Redis' server is not installed (Debian: redis-server)")
        self.port, self.folder, self.process = free_port(), tempfile.mkdtemp(prefix="redis-"), None
        self.url = f"redis://127.0.0.1:{self.port}/1"
        self.start()

    def start(self):
        command = [self.program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        for _ in range(300):
            with contextlib.suppress(OSError):
                if self.ask("PING") == "+PONG":
                    return
            time.sleep(0.1)
        sys.exit("Redis' server doesn't start")

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)

    def ask(self, *commands):
        """The first line of the last command's answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection, connection.makefile("rw", newline="\r\n") as stream:
            for command in commands:
                stream.write(f"{command}\n")
                stream.flush()
                answer = stream.readline().strip()
        return answer

    def keys(self):
        """How many keys the hosts have there."""
        return int(self.ask("SELECT 1", "DBSIZE").removeprefix(":"))

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server():
    """A server that ends with the block."""
    running = Redis()
    try:
        yield running
    finally:
        running.close()
