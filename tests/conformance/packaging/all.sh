#!/usr/bin/env bash
# Everything of this folder. What is slow the first time, the images and the archive, is made while the others wait.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.." || exit 1
[ "$(uname -s)" = Linux ] || { echo "packaging is tried on Linux"; exit 1; }

work=$(mktemp -d)
bash "$here/prepare.sh" > "$work/prepare.said" 2>&1 &
preparing=$!
if [ -z "${PACKAGING_PLUGINS:-}" ]; then
    export PACKAGING_PLUGINS=$work/plugins
    script/plugins "$PACKAGING_PLUGINS" plugins/{rows,databases,blocks,pages}/ >/dev/null || exit 1
fi
bash "$here/archive.sh" > "$work/archive.said" 2>&1 &
packing=$!
trap 'kill "$preparing" "$packing" 2>/dev/null; wait; rm -rf "$work"' EXIT

failed=()
begin() { printf '\n-- %s\n' "$1"; }
ended() {
    wait "$1" || failed+=("$2")
    cat "$work/$2.said"
}
for script in files proxies; do
    begin "$script"
    bash "$here/$script.sh" || failed+=("$script")
done
begin archive
ended "$packing" archive
ended "$preparing" prepare
for script in compose service; do
    begin "$script"
    bash "$here/$script.sh" || failed+=("$script")
done
[ ${#failed[@]} = 0 ] || { printf 'packaging: %s failed\n' "${failed[@]}"; exit 1; }
