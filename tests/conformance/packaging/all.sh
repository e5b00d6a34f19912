#!/usr/bin/env bash
# How the host is packaged and deployed.
#
#   all.sh               the files, by programs that others wrote, and real proxies in front of a host
#   all.sh --containers  also the archive, and the host in a container engine and under systemd. What is slow the first time, the images and the
#                        archive, is made while the others wait
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.." || exit 1
[ "$(uname -s)" = Linux ] || { echo "packaging is tried on Linux"; exit 1; }
case "${1:-}" in
    "" | --containers) ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

work=$(mktemp -d)
making=()
trap 'kill "${making[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
if [ "${1:-}" = --containers ]; then
    bash "$here/prepare.sh" > "$work/prepare.said" 2>&1 &
    making+=($!)
fi
if [ -z "${PACKAGING_PLUGINS:-}" ]; then
    export PACKAGING_PLUGINS=$work/plugins
    script/plugins "$PACKAGING_PLUGINS" plugins/{rows,databases,blocks,pages}/ >/dev/null || exit 1
fi
if [ "${1:-}" = --containers ]; then
    bash "$here/archive.sh" > "$work/archive.said" 2>&1 &
    making+=($!)
fi

failed=()
begin() { printf '\n-- %s\n' "$1"; }
try() {
    begin "$1"
    bash "$here/$1.sh" || failed+=("$1")
}
ended() {
    begin "$2"
    wait "$1" || failed+=("$2")
    cat "$work/$2.said"
}
try files
try proxies
if [ "${1:-}" = --containers ]; then
    ended "${making[1]}" archive
    ended "${making[0]}" prepare
    try compose
    try service
fi
[ ${#failed[@]} = 0 ] || { printf 'packaging: %s failed\n' "${failed[@]}"; exit 1; }
