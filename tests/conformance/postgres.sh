#!/bin/sh
# Runs the store's suite on a PostgreSQL server that the suite starts and stops itself. Without PostgreSQL's server
# programs (Debian: postgresql) it fails. Arguments go to the test program.
set -eu
cd "$(dirname "$0")/../.."
TOOLBAY_TEST_POSTGRES=1 exec cargo test --workspace --test store -- "$@"
