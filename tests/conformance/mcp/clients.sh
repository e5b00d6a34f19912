#!/usr/bin/env bash
# Independent MCP clients against a running host that has the `conformance` and `echo` fixture plugins.
#
# Environment: TOOLBAY_URL (such as http://127.0.0.1:8700), TOOLBAY_TOKEN.
#              TOOLBAY_BIN: the host's binary; with it, clients also use `$TOOLBAY_BIN mcp` over stdio, with the
#              environment of this script as its configuration.
#              TOOLBAY_CONFORMANCE_CACHE: where packages go; default target/conformance.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/common.sh"
require TOOLBAY_URL TOOLBAY_TOKEN

python_packages "$cache/python" "$here/requirements.txt"
node_packages "$cache/inspector" @modelcontextprotocol/inspector@2.12.0
export PATH="$cache/inspector/node_modules/.bin:$PATH"
# The Inspector keeps a catalog of servers; ours is none of the developer's.
export MCP_CATALOG_PATH="$cache/inspector/catalog.json"

passed=0
failed=0

report() {
  if [ "$1" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  printf '%s\n' "${@:2}"
}

while IFS= read -r line; do
  case "$line" in
    "ok "*) report ok "$line" ;;
    "FAILED "*) report failed "$line" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < <("$cache/python/bin/python" "$here/clients.py" 2>&1 || true)
if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
  report failed "FAILED the Python clients did not start"
fi

# Runs the Inspector, and wants its output to have a text.
inspect() {
  local name="$1" wanted="$2" output
  shift 2
  if output="$(mcp-inspector --cli "${TOOLBAY_URL%/}/mcp" --header "Authorization: Bearer $TOOLBAY_TOKEN" "$@" 2>&1)" \
    && grep -qF -- "$wanted" <<<"$output"; then
    report ok "ok $name"
  else
    report failed "FAILED $name" "$output"
  fi
}

for era in legacy modern; do
  inspect "inspector, $era: strict list" test_simple_text --protocol-era "$era" --method tools/list --strict
  inspect "inspector, $era: call" hello --protocol-era "$era" \
    --method tools/call --tool-name echo --tool-arg message=hello
  inspect "inspector, $era: call of a fixture" "simple text response" --protocol-era "$era" \
    --method tools/call --tool-name test_simple_text
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
