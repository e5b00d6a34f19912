#!/usr/bin/env bash
# Independent MCP clients against a running host that has the `conformance` and `echo` fixture plugins.
#
# Environment: TOOLBAY_URL (such as http://127.0.0.1:8700), TOOLBAY_TOKEN.
#              EMULATOR_URL, TOOLBAY_PLUGIN_DIR: the Notion emulator behind that host, and its plugin folder; with them,
#              clients also stop calls and hear of changes.
#              TOOLBAY_BIN: the host's binary; with it, clients also use `$TOOLBAY_BIN mcp` over stdio, with the
#              environment of this script as its configuration.
#              TOOLBAY_CONFORMANCE_CACHE: where packages go; default target/conformance.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/common.sh"
require TOOLBAY_URL TOOLBAY_TOKEN

python_packages "$cache/python" "$here/requirements.txt"
python_packages "$cache/python-v1" "$here/requirements-v1.txt"
node_packages "$cache/sdk-v1" @modelcontextprotocol/sdk@1.32.2
node_packages "$cache/sdk-v2" @modelcontextprotocol/client@2.4.0
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

# Runs a program that prints one line a check, and counts them.
count() {
  local name="$1" before=$((passed + failed)) line
  shift
  while IFS= read -r line; do
    case "$line" in
      "ok "*) report ok "$line" ;;
      "FAILED "*) report failed "$line" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done < <("$@" 2>&1 || true)
  if [ $((passed + failed)) -eq "$before" ]; then
    report failed "FAILED $name did not start"
  fi
}

# Runs the script with the packages of a folder: modules are looked up from where a script is.
with_packages() {
  local folder="$1"
  shift
  cp "$here/stop.mjs" "$folder/stop.mjs"
  PATH="$folder/node_modules/.bin:$PATH" node "$folder/stop.mjs" "$@"
}

count "the Python clients" "$cache/python/bin/python" "$here/clients.py"
if [ -n "${EMULATOR_URL:-}" ] && [ -n "${TOOLBAY_PLUGIN_DIR:-}" ]; then
  count "the Python client" "$cache/python/bin/python" "$here/stop.py"
  count "the Python client of the first line" "$cache/python-v1/bin/python" "$here/stop.py"
  count "the TypeScript client" with_packages "$cache/sdk-v2" v2
  count "the TypeScript client of the first line" with_packages "$cache/sdk-v1" v1
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
