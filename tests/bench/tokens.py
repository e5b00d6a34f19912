"""script/bench tokens: what lists and answers cost a model, beside Notion's own server."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from host import ROOT, TARGET, Host, run, table


def prepare(toolbay, plugins):
    """What is asked and what asks: the programs, unless they are given, the packed plugins, and the packages of npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        sys.exit("script/bench tokens needs Node.js 20 or newer and npm; script/setup conformance installs them")
    if toolbay is None:
        run("script/setup")
        run("cargo", "build", "--release", "--bin", "toolbay", "--bin", "notion-emulator")
        toolbay = TARGET / "release/toolbay"
    crates = sorted(manifest.parent for manifest in ROOT.glob("plugins/*/plugin.toml"))
    if plugins is None:
        plugins = TARGET / "bench/plugins"
        run(toolbay, "plugin", "build", "--profile", "plugin", "--output", plugins, *crates, stdout=sys.stderr)
    wanted = {crate.name: plugins / f"{crate.name}.wasm" for crate in crates}
    lacking = [name for name, file in wanted.items() if not file.exists()]
    if lacking:
        sys.exit(f"{plugins} lacks the plugins {', '.join(lacking)}: pack them with script/plugins {plugins}")
    asking = TARGET / "bench/tokens"
    asking.mkdir(parents=True, exist_ok=True)
    pinned = (ROOT / "tests/tokens/package.json").read_text()
    installed = asking / "installed.json"
    if not installed.exists() or installed.read_text() != pinned:
        shutil.rmtree(asking / "node_modules", ignore_errors=True)
        (asking / "package-lock.json").unlink(missing_ok=True)
        shutil.copy(ROOT / "tests/tokens/package.json", asking)
        run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", asking, stdout=sys.stderr)
        installed.write_text(pinned)
    # Beside the packages, where Node.js looks for them.
    for script in ROOT.glob("tests/tokens/*.mjs"):
        shutil.copy(script, asking)
    return toolbay, list(wanted.values()), asking / "measure.mjs"


def measure(toolbay, plugins):
    """What lists and answers cost a model, beside Notion's own server: figures, and each tool of ours by itself."""
    toolbay, plugins, script = prepare(toolbay, plugins)
    token = "secret_emulator"
    emulator = subprocess.Popen(
        [str(toolbay.with_name("notion-emulator"))],
        env={"EMULATOR_LISTEN": "127.0.0.1:0", "EMULATOR_RATE_LIMIT": "off", "EMULATOR_SEED": "empty", "EMULATOR_TOKEN": token},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # "Notion emulator at URL (token TOKEN)"
        url = emulator.stdout.readline().split()[3]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as data:
            for plugin in plugins:
                shutil.copy(plugin, folder)
            settings = {
                "NOTION_TOKEN": token,
                "NOTION_API_URL": url,
                "NOTION_REQUESTS_PER_MINUTE": "60000",
                "TOOLBAY_GRANT_ON_DROP": "notion.read,notion.write,notion.destroy,tools.call,state",
            }
            host = Host(toolbay, folder, data, **settings)
            try:
                servers = {
                    "EMULATOR_URL": url,
                    "EMULATOR_TOKEN": token,
                    "TOOLBAY_URL": f"http://127.0.0.1:{host.port}",
                    "TOOLBAY_TOKEN": host.token,
                }
                asked = run("node", script, env={"PATH": os.environ["PATH"], **servers}, stdout=subprocess.PIPE, text=True)
            finally:
                host.stop()
    finally:
        emulator.terminate()
        emulator.wait()
    return json.loads(asked.stdout)


def show(measured):
    def cells(cost):
        if "tools" in cost:
            return f"{cost['tokens']:,}", f"{cost['tools']} tools, {cost['shown']:,} shown"
        calls = f"{cost['calls']} call{'' if cost['calls'] == 1 else 's'}"
        return f"{cost['tokens']:,}", f"{calls}, {cost['structured']:,} structured"

    rows = []
    for figure in measured["figures"]:
        ours, theirs, aim = figure["ours"], figure["theirs"], figure.get("aim", {})
        said = f"at most {aim['tokens']:,}" if "tokens" in aim else f"at most {aim['share']:.3f}" if aim else ""
        share = f"{ours['tokens'] / theirs['tokens']:.3f}"
        rows.append((figure["name"], *cells(ours), *cells(theirs), share, said))
    table(("o200k tokens", "Toolbay", "of which", "Notion's own", "of which", "share", "aim"), rows)
    tools = [(tool["name"], "core" if tool["core"] else "", f"{tool['tokens']:,}", f"{tool['shown']:,}") for tool in measured["tools"]]
    table(("tool", "profile", "tokens", "shown"), tools)
    rows = []
    for session in measured["sessions"]:
        ours, theirs = session["ours"], session["theirs"]
        for server, cost in (("Toolbay", ours), ("Notion's own", theirs)):
            parts = (f"{cost[part]:,}" for part in ("calls", "begin", "written", "read", "tokens"))
            rows.append((session["name"], server, *parts, f"{cost['tokens'] / theirs['tokens']:.3f}"))
        rows.append((session["name"], "notion-mcp-server", "", f"{session['other']['tokens']:,}", "", "", "", ""))
    table(("session", "by", "calls", "list", "written", "read", "o200k tokens", "share"), rows)
    for session in measured["sessions"]:
        steps = []
        for step in session["steps"]:
            cells = (f"{cost['calls']}, {cost['written'] + cost['read']:,}" for cost in (step["ours"], step["theirs"]))
            steps.append((step["name"], *cells))
        table((session["name"], "Toolbay: calls, tokens", "Notion's own"), steps)
