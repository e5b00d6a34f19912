#!/usr/bin/env bash
# Clients of OAuth from npm and PyPI, and the authorization scenarios of MCP's conformance suite, against a running host;
# a browser without a screen does the person's part.
#
# Environment: TOOLBAY_URL, TOOLBAY_BIN and the host's configuration, as script/conformance sets them.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../mcp/common.sh"
require TOOLBAY_URL TOOLBAY_BIN

python_packages "$cache/python" "$here/../mcp/requirements.txt"
node_packages "$cache/oauth" playwright-core@1.65.1 mcp-remote@0.15.1
node_packages "$cache/suite" @modelcontextprotocol/conformance@0.2.0-alpha.12

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$here/person.mjs" "$cache/oauth/person.mjs"
# Every way in which programs open a browser.
node="$(PATH="$cache/oauth/node_modules/.bin:$PATH" command -v node)"
printf '#!/bin/sh\nexec "%s" "%s" "$1" >>"%s/person.log" 2>&1\n' "$node" "$cache/oauth/person.mjs" "$work" >"$work/person"
# As a browser that is open already, it comes back at once: some programs answer nobody while they wait for it.
printf '#!/bin/sh\n"%s/person" "$1" &\n' "$work" >"$work/xdg-open"
chmod +x "$work/person" "$work/xdg-open"
export PERSON="$work/person" BROWSER="$work/xdg-open" PATH="$work:$cache/oauth/node_modules/.bin:$PATH"
export MCP_REMOTE="$cache/oauth/node_modules/mcp-remote/dist/proxy.js"

passed=0
failed=0
while IFS= read -r line; do
  case "$line" in
    "ok "*) passed=$((passed + 1)) ;;
    "FAILED "*) failed=$((failed + 1)) ;;
  esac
  printf '%s\n' "$line"
done < <("$cache/python/bin/python" "$here/sign_in.py" 2>&1 || true)

# The suite waits for a browser at the address that it prints; the client is one that the operator added, without a secret,
# since the suite shows none to a server that takes clients without one.
for version in 2025-11-25 2026-07-28; do
  port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
  added="$("$TOOLBAY_BIN" client add "Suite $version" --redirect-uri "http://127.0.0.1:$port/callback" --public --json)"
  value() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$added" "$1"; }
  log="$work/suite-$version.log"
  touch "$log"
  PATH="$cache/suite/node_modules/.bin:$PATH" timeout 120 conformance authorization --url "$TOOLBAY_URL" \
    --client-id "$(value client_id)" --resource "$TOOLBAY_URL/mcp" \
    --port "$port" --spec-version "$version" >"$log" 2>&1 &
  suite=$!
  for _ in $(seq 300); do
    address="$(grep -oE "^$TOOLBAY_URL/oauth/authorize[^ ]*" "$log" || true)"
    if [ -n "$address" ]; then "$PERSON" "$address" || cat "$work/person.log"; break; fi
    kill -0 "$suite" 2>/dev/null || break
    sleep 0.1
  done
  if wait "$suite"; then
    passed=$((passed + 1))
    echo "ok authorization scenarios of $version: $(grep -E 'passed|Passed|SUCCESS' "$log" | tail -1)"
  else
    failed=$((failed + 1))
    echo "FAILED authorization scenarios of $version"
    cat "$log"
  fi
done

[ "$failed" -eq 0 ] || cat "$work/person.log" || true
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
