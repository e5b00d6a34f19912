#!/usr/bin/env bash
# Reads, and refusals of reads, against an independent stub: the Python package backlot 0.1.0, whose
# validation, order of checks, paging and wording were measured against the live API.
#
# The same requests go to both; status, error code, message (ids masked) and the top-level keys of answers
# are compared, and a table is printed. Known differences are in backlot/differences.txt, with reasons.
# Needs python3 (3.11 or newer) and a package index. Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export DO_NOT_TRACK=1
python_environment backlot backlot==0.1.0 httpx==0.28.1
start_emulator
"$python" "$here/backlot/compare.py" "$here/backlot/differences.txt"
