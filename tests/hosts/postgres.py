"""A PostgreSQL server for a script: a new one, which ends with its block."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that can be stopped and started again. It needs the server programs (Debian: postgresql); as root it runs as `nobody`."""

    def __init__(self, user, standby_of=None):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            sys.exit("PostgreSQL's server programs are not installed (Debian: postgresql)")
        self.programs, self.port, self.user = Path(found[-1]), free_port(), user
        as_root = os.geteuid() == 0
        nobody = pwd.getpwnam("nobody") if as_root else None
        self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid} if as_root else {}
        self.folder = tempfile.mkdtemp(prefix=f"{user}-")
        if as_root:
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.data = Path(self.folder) / "data"
        if standby_of is None:
            self._run("initdb", "-D", self.data, "-U", user, "--auth=trust", "--locale=C", "--encoding=UTF8")
        else:
            primary = ["-h", "127.0.0.1", "-p", standby_of.port, "-U", user]
            self._run("pg_basebackup", *primary, "-D", self.data, "-R", "-X", "stream", "--checkpoint=fast")
        self.process = None
        self.start()
        if standby_of is None:
            # As hosts have it: a role that has no place reserved for it.
            for role in ("toolbay", "guest"):
                self._run("createuser", "-h", "127.0.0.1", "-p", self.port, "-U", user, role)

    def _run(self, program, *arguments, check=True, **options):
        command = [str(self.programs / program), *map(str, arguments)]
        options = {"stdout": subprocess.DEVNULL, **options}
        return subprocess.run(command, check=check, cwd=self.folder, **self.as_user, **options)

    def start(self):
        # What a client that goes away leaves is noise here.
        command = [self.programs / "postgres", "-D", self.data, "-h", "127.0.0.1", "-p", self.port, "-k", self.folder, "-c", "max_connections=300"]
        self.process = subprocess.Popen(list(map(str, command)), cwd=self.folder, stderr=subprocess.DEVNULL, **self.as_user)
        for _ in range(300):
            if self._run("pg_isready", "-h", "127.0.0.1", "-p", self.port, check=False).returncode == 0:
                return
            time.sleep(0.1)
        sys.exit("PostgreSQL's server doesn't start")

    def wait_for_standby(self):
        """Has each commit wait from now on until the standby has it."""
        self.ask("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.ask("postgres", "SELECT pg_reload_conf()")
        for _ in range(100):
            if self.ask("postgres", "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
                return
            time.sleep(0.2)
        sys.exit("the standby doesn't follow")

    def promote(self):
        """Makes a standby the server, which waits for none."""
        self._run("pg_ctl", "promote", "-D", self.data, "-w")
        self.ask("postgres", "ALTER SYSTEM RESET synchronous_standby_names")
        self.ask("postgres", "SELECT pg_reload_conf()")

    def stop(self, how="fast"):
        """`fast` is in order; `immediate` is what a crash does."""
        self._run("pg_ctl", "stop", "-D", self.data, "-m", how, "-w")
        self.process.wait(timeout=60)

    def database(self, name):
        """The address of a new, empty database."""
        for _ in range(100):
            made = self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", self.user, "-O", "toolbay", name, check=False, stderr=subprocess.DEVNULL)
            if made.returncode == 0:
                return f"postgres://toolbay@127.0.0.1:{self.port}/{name}"
            if self.process.poll() is not None:
                sys.exit("PostgreSQL's server ended")
            time.sleep(0.2)
        sys.exit(f"the database {name} can't be made")

    def ask(self, name, question):
        """The rows of a question, as lists of text."""
        command = ["-h", "127.0.0.1", "-p", self.port, "-U", self.user, "-d", name, "-AtF", "\t", "-c", question]
        answer = self._run("psql", *command, stdout=subprocess.PIPE, text=True)
        return [line.split("\t") for line in answer.stdout.splitlines()]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server(user, standby_of=None):
    """A server that ends with the block."""
    running = Server(user, standby_of)
    try:
        yield running
    finally:
        running.close()
