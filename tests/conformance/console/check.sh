#!/usr/bin/env bash
# The console in Debian's Chromium: its types, the journeys of its users by keyboard alone, what strangers' text can't do to it, two people at
# once, many rows and tools, and the pictures of its documentation. Each part has a host of its own, with an emulator.
#
#   check.sh [PART...]        of: types journeys hostile people scale screenshots; all without one.
#                             journeys/2 is one journey, journeys/narrow-dark all of them at one width and in one scheme, journeys/looks the
#                             pages with large text and forced colours; several of them are told apart by spaces
#
# Environment: TOOLBAY_BIN, EMULATOR_BINARY: the programs; TOOLBAY_PLUGIN_DIR: a folder with the plugins, which is only read.
#              TOOLBAY_CONFORMANCE_CACHE: where packages go; default target/conformance.
#              CONSOLE_SLOWNESS: how many times as long as usual something is waited for, on a machine that has much else to do.
#              CONSOLE_KEEP: a folder where logs and a picture of each failure stay.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../mcp/common.sh"
require TOOLBAY_BIN EMULATOR_BINARY TOOLBAY_PLUGIN_DIR

node_packages "$cache/console" playwright-core@1.65.1 @axe-core/playwright@4.13.0 typescript@5.9.3
node_packages "$cache/upstream-node" @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31
export TOOLBAY_CONFORMANCE_CACHE="$cache" CONSOLE_PACKAGES="$cache/console"
export PATH="$cache/console/node_modules/.bin:$PATH"
exec node "$here/run.mjs" "$@"
