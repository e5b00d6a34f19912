"""Several hosts on one PostgreSQL, beside an emulator of Notion."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from host import ROOT, TARGET, Host, run
from relay import Relay

NOTION_TOKEN = "secret_emulator"
CALLER = "a-token-for-the-callers-of-this-test"
KEY = "a2V5LWthbmFyaWUta2V5LWthbmFyaWUta2V5LWthbmE="
GRANTED = "notion.read,notion.write,tools.call,state"


def ask(url, token=None, body=None, method=None, timeout=120):
    """Status and JSON of an answer; status 0 where none came."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        try:
            return answer.code, json.load(answer)
        except ValueError:
            return answer.code, {}
    except (OSError, ValueError):
        return 0, {}


def programs(toolbay, plugins):
    """The program, and a folder with the plugins; built for release unless they are given."""
    if toolbay is None:
        run("script/setup")
        run("cargo", "build", "--release", "--bin", "toolbay")
        toolbay = TARGET / "release/toolbay"
    if plugins is None:
        plugins = TARGET / "bench/rows-search"
        for plugin in ["rows", "search"]:
            run(toolbay, "plugin", "build", "--profile", "plugin", "--output", plugins, ROOT / "plugins" / plugin, stdout=sys.stderr)
    return Path(toolbay).resolve(), Path(plugins).resolve()


@contextlib.contextmanager
def emulator(toolbay, is_limited):
    """The address of an emulator, which refuses what is beyond Notion's budget or nothing."""
    command = [str(toolbay), "emulator", "--listen", "127.0.0.1:0"] + ([] if is_limited else ["--unlimited"])
    process = subprocess.Popen(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()[3]
    finally:
        process.terminate()
        process.wait()


class Cluster:
    """So many hosts. Each has a data folder of its own, as on a machine of its own, and a way of its own to the database."""

    def __init__(self, toolbay, plugins, notion, database, folder, count, **settings):
        self.toolbay, self.plugins, self.folder = toolbay, plugins, Path(folder)
        self.relays = []
        configuration = self.folder / "toolbay.toml"
        # The emulator works on no request for long.
        configuration.write_text("[calls]\nsettle_seconds = 1\n")
        self.settings = {
            "ACTION_API_TOKEN": CALLER,
            "NOTION_TOKEN": NOTION_TOKEN,
            "NOTION_API_URL": notion,
            "DATABASE_URL": database,
            "TOKEN_ENCRYPTION_KEY": KEY,
            "TOOLBAY_CONFIG": str(configuration),
            "TOOLBAY_GRANT_ON_DROP": GRANTED,
            "TOOLBAY_LOG": "info",
            **settings,
        }
        self.hosts = []
        try:
            for _ in range(count):
                self.add()
        except BaseException:
            self.stop()
            raise

    def add(self):
        data = self.folder / f"host-{len(self.hosts)}"
        data.mkdir(mode=0o700)
        if self.hosts:
            # What one host has compiled the others need not.
            shutil.copytree(self.folder / "host-0/cache", data / "cache", dirs_exist_ok=True)
        self.relays.append(Relay(port_of(self.settings["DATABASE_URL"])))
        self.hosts.append(self.start(len(self.hosts), data))

    def start(self, number, data):
        address = urllib.parse.urlsplit(self.settings["DATABASE_URL"])
        own = address._replace(netloc=f"{address.username}@127.0.0.1:{self.relays[number].port}").geturl()
        host = Host(self.toolbay, self.plugins, data, **{**self.settings, "DATABASE_URL": own})
        host.token, host.data = CALLER, data
        return host

    def restart(self, number):
        """Starts a host again that has ended."""
        self.hosts[number] = self.start(number, self.hosts[number].data)

    def url(self, number):
        return f"http://127.0.0.1:{self.hosts[number].port}"

    def command(self, *arguments):
        """What a command beside the hosts prints."""
        data = self.folder / "command"
        data.mkdir(mode=0o700, exist_ok=True)
        environment = {"PATH": os.environ["PATH"], **self.settings, "TOOLBAY_DATA_DIR": str(data), "TOOLBAY_LOG": "warn"}
        command = [str(self.toolbay), *arguments]
        return subprocess.run(command, env=environment, cwd=data, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def lead_to(self, port):
        """Has another server from now on."""
        address = urllib.parse.urlsplit(self.settings["DATABASE_URL"])
        self.settings["DATABASE_URL"] = address._replace(netloc=f"{address.username}@127.0.0.1:{port}").geturl()
        for relay in self.relays:
            relay.lead_to(port)

    def stop(self):
        for relay in self.relays:
            relay.mend()
        for host in self.hosts:
            if host.process.poll() is None:
                # One that was stopped by a signal can't end.
                host.process.send_signal(signal.SIGCONT)
                host.stop()
        for relay in self.relays:
            relay.close()


def port_of(database):
    return urllib.parse.urlsplit(database).port
