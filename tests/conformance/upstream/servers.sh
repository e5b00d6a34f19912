#!/usr/bin/env bash
# MCP servers that others wrote, behind a host: npm's and PyPI's, over each of the three transports, asked over MCP, REST and the chat,
# beside Notion and a SQLite file.
#
# Environment: TOOLBAY_BIN: the host's binary; EMULATOR_URL: a Notion that it serves beside them; TOOLBAY_PLUGIN_DIR: packed plugins.
#              TOOLBAY_CONFORMANCE_CACHE: where packages go; default target/conformance.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../mcp/common.sh"
require TOOLBAY_BIN EMULATOR_URL

python_packages "$cache/python" "$here/../mcp/requirements.txt"
python_packages "$cache/upstream-python" "$here/requirements.txt"
python_packages "$cache/upstream-python-v1" "$here/requirements-v1.txt"
node_packages "$cache/upstream-node" @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31
export PATH="$cache/upstream-node/node_modules/.bin:$PATH"
exec "$cache/python/bin/python" "$here/servers.py" "$cache"
