#!/usr/bin/env bash
# What the built-in tools exchange with Notion while values and blocks of every type make their round trip
# (tests/integration/round_trip.rs), against the published types of the API: every request, and every answer.
#
# Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$repo"
script/plugins target/plugins plugins/*/ >/dev/null
record=$(mktemp "$cache/round-trip.XXXXXX")
trap 'rm -f "$record"' EXIT
TOOLBAY_TEST_EXCHANGES=$record cargo test --quiet --workspace --test integration round_trip:: >&2
bash "$here/types.sh" --recorded "$record"
