#!/bin/sh
# Runs the suite of the rate windows in Redis, on servers that it starts and ends itself. Without Redis' server program (Debian: redis-server) it
# fails. Arguments go to the test program.
set -eu
cd "$(dirname "$0")/../.."
TOOLBAY_TEST_REDIS=1 exec cargo test --workspace --test redis -- "$@"
