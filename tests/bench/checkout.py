"""A checkout of Toolbay, built for release: what script/bench speed measures."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from host import ROOT, TARGET

PLUGINS = 20


class Checkout:
    """A working tree, what is built from it, and the plugins that belong to it."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        self.target = TARGET if self.root == ROOT else self.root / "target"
        self.toolbay = self.target / "release/toolbay"
        self.packed = self.target / "bench"

    def run(self, *command, **options):
        print(f"+ [{self.root.name}]", *command, file=sys.stderr)
        environment = {**os.environ, "CARGO_TARGET_DIR": str(self.target), **options.pop("env", {})}
        return subprocess.run([str(part) for part in command], check=True, cwd=self.root, env=environment, **options)

    def build(self, *binaries):
        """Builds the host, these programs beside it, and packs the plugins."""
        wanted = [part for binary in ("toolbay", *binaries) for part in ("--bin", binary)]
        self.run("cargo", "build", "--release", *wanted)
        self.pack("echo", "tests/fixtures/echo")
        self.pack("neighbours", "tests/fixtures/echo", "tests/fixtures/hostile")
        self.pack("query", "plugins/databases")
        self.pack_many()

    def pack(self, name, *crates):
        shutil.rmtree(self.packed / name, ignore_errors=True)
        command = [self.toolbay, "plugin", "build", "--profile", "plugin", "--output", self.packed / name, *crates]
        self.run(*command, stdout=sys.stderr)

    def pack_many(self):
        """As many plugins as there are names: one crate, built again under each, so that the SDK is compiled once."""
        folder, crate = self.packed / "many", self.packed / "crates/bench"
        for stale in (folder, crate):
            shutil.rmtree(stale, ignore_errors=True)
        folder.mkdir(parents=True)
        self.run(self.toolbay, "plugin", "new", "bench-0", "--path", crate, stdout=sys.stderr)
        sources = {file: file.read_text() for file in (crate / "Cargo.toml", crate / "plugin.toml", crate / "src/lib.rs")}
        apart = {"CARGO_TARGET_DIR": str(self.target / "new-plugin")}
        for number in range(1, PLUGINS + 1):
            for file, text in sources.items():
                file.write_text(text.replace("bench-0", f"bench-{number}").replace("bench_0", f"bench_{number}"))
            self.run(self.toolbay, "plugin", "build", "--output", folder, crate, env=apart, stdout=sys.stderr)

    def life_of_a_call(self):
        """Store, instance, call and drop, by the sandbox's own benchmark: its rows by name."""
        command = ("cargo", "bench", "--workspace", "--bench", "life_of_a_call")
        rows = {}
        for line in self.run(*command, stdout=subprocess.PIPE, text=True).stdout.splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split("|")]
            if len(cells) == 3 and cells[1].replace(".", "").isdigit():
                rows[cells[0]] = {"p50_us": float(cells[1]), "p99_us": float(cells[2])}
        return rows
