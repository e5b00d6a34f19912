#!/bin/sh
# Compares the host's route table with the operations that Notion's own client publishes.
# Needs cargo, node and npm. Prints `N passed, N failed`; fails when anything differs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
cache=${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}/notion-routes
client=@notionhq/client@5.26.0

mkdir -p "$cache"
if [ "$(cat "$cache/installed" 2>/dev/null || true)" != "$client" ]; then
    npm install --prefix "$cache" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "$client" >&2
    echo "$client" >"$cache/installed"
fi

cargo run --quiet --manifest-path "$repository/Cargo.toml" --example routes >"$cache/routes.json"
exec node "$here/compare.mjs" "$cache/routes.json" "$cache/node_modules/@notionhq/client/build/src/api-endpoints"
