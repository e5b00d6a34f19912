# Shared by the scripts beside it: the host under test, and where fetched tools go.
# Nothing that is fetched is kept in the source tree.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
cache="${TOOLBAY_CONFORMANCE_CACHE:-$repo/target/conformance}/openapi"
mkdir -p "$cache"

: "${TOOLBAY_URL:?the address of a running host, such as http://127.0.0.1:8700}"
: "${TOOLBAY_TOKEN:?a bearer token of that host}"
url=${TOOLBAY_URL%/}

# Sets `python` to one that has the given requirements; made once for each list of them.
python_with() {
    local environment="$cache/python" wanted="$*"
    if [ "$(cat "$environment/ready" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check "$@"
        echo "$wanted" >"$environment/ready"
    fi
    python="$environment/bin/python"
}

# Sets `node` and `modules` to a Node.js 22 with the given packages; made once for each list of them.
node_with() {
    local wanted="node@22 $*"
    modules="$cache/node"
    if [ "$(cat "$modules/ready" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$modules"
        mkdir -p "$modules"
        echo '{"private":true,"type":"module"}' >"$modules/package.json"
        npm install --silent --no-audit --no-fund --prefix "$modules" node@22 "$@"
        echo "$wanted" >"$modules/ready"
    fi
    node="$modules/node_modules/.bin/node"
}

passed=0
failed=0

# Runs a check under a name, and shows what it printed when it fails.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name"
        printf '%s\n' "$output" | tail -n 60 | sed 's/^/      /'
    fi
}

# Says how it went, as the last line.
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
