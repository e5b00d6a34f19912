#!/bin/sh
# Runs the suites of the store and of SQL for plugins on a PostgreSQL server that they start and stop themselves. Without PostgreSQL's server
# programs (Debian: postgresql) it fails. Arguments go to the test program.
set -eu
cd "$(dirname "$0")/../.."
TOOLBAY_TEST_POSTGRES=1 cargo test --workspace --test store -- "$@"
TOOLBAY_TEST_POSTGRES=1 exec cargo test --workspace --test sql -- "$@"
