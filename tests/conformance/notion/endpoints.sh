#!/usr/bin/env bash
# The endpoint tests of an independent client, the Python package notion-client 3.1.0, against the emulator.
#
# The tests come with the package's source archive; its fixtures do not, so endpoints/conftest.py is our own.
# A test that can't pass is listed with its reason in endpoints/expected-failures.txt; one that is listed and
# passes fails the script too. Needs python3 and a package index. Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=3.1.0
python_environment endpoints "notion-client==$version" pytest==8.4.2 pytest-mock==3.15.1
archive="$cache/notion_client-$version"
if [ ! -d "$archive" ]; then
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
        --dest "$cache" "notion-client==$version"
    tar -xzf "$archive.tar.gz" -C "$cache"
fi
start_emulator

work=$(mktemp -d "$cache/endpoints.XXXXXX")
cp "$archive/tests/test_endpoints.py" "$here/endpoints/conftest.py" "$work/"
status=0
export EXPECTED_FAILURES="$here/endpoints/expected-failures.txt"
(cd "$work" && "$python" -m pytest -q -p no:cacheprovider --tb=short --show-capture=no "$@" test_endpoints.py) || status=$?
rm -rf "$work"
exit "$status"
