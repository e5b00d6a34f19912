#!/usr/bin/env bash
# Everything of this folder, in the order in which it waits least. What is slow the first time is made meanwhile.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.." || exit 1
[ "$(uname -s)" = Linux ] || { echo "packaging is tried on Linux"; exit 1; }

work=$(mktemp -d)
bash "$here/prepare.sh" > "$work/prepared" 2>&1 &
preparing=$!
trap 'kill "$preparing" 2>/dev/null; wait "$preparing" 2>/dev/null; rm -rf "$work"' EXIT
export PACKAGING_PLUGINS=$work/plugins
script/plugins "$PACKAGING_PLUGINS" plugins/{rows,databases,blocks,pages}/ >/dev/null || exit 1

failed=()
for script in files archive proxies compose service; do
    printf '\n-- %s\n' "$script"
    if [ "$script" = compose ]; then wait "$preparing" || { cat "$work/prepared"; failed+=(prepare); }; fi
    bash "$here/$script.sh" || failed+=("$script")
done
[ ${#failed[@]} = 0 ] || { printf 'packaging: %s failed\n' "${failed[@]}"; exit 1; }
