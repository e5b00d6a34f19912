# shellcheck shell=bash
# Sourced by the scripts beside it: where fetched things go, the engine, and how checks are told.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
cache=${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}/packaging
mkdir -p "$cache"
work=$(mktemp -d)
# What the scripts try: the program, the emulator, and a folder with the plugins rows, databases, blocks and pages.
: "${TOOLBAY_BIN:?}" "${EMULATOR_BINARY:?}"

# What a script has to do before its folder goes, last first.
endings=()
finish_up() {
    local index
    for ((index = ${#endings[@]} - 1; index >= 0; index--)); do eval "${endings[index]}" || true; done
    rm -rf "$work"
}
trap finish_up EXIT

# A database of the emulator's workspace, for script/smoke --write.
database=530e0e6118e9485ea8bff9ea304d9f96
grants=notion.read,notion.write,notion.destroy,tools.call,state

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Waits up to so many seconds for a command to succeed.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.3
    done
}

passed=0 failed=0
# Runs a check under a name, and shows what it printed when it fails. Each of its commands has to succeed; one that must not is said with `not`.
check() {
    local title=$1 status
    shift
    # Not within a condition, where a failed command in the middle of a function would be passed over; and into a file, since
    # what goes on in the background would keep a pipe open.
    set +e
    (set -e; "$@") > "$work/said" 2>&1
    status=$?
    set -e
    if [ $status = 0 ]; then
        passed=$((passed + 1))
        echo "ok    $title"
    else
        failed=$((failed + 1))
        echo "FAIL  $title"
        tail -n 60 "$work/said" | sed 's/^/      /'
    fi
}
not() { ! "$@"; }
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# The Python packages of requirements.txt; made once for each list of them.
python_packages() {
    local environment=$cache/python
    # One script makes them, and others wait for it.
    exec 8> "$cache/python.lock"
    flock 8
    if ! cmp -s "$here/requirements.txt" "$environment/ready"; then
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
        cp "$here/requirements.txt" "$environment/ready"
    fi
    exec 8>&-
    PATH=$environment/bin:$PATH
}

# Puts compiled code of the plugins into a folder: every host that is tried here would compile them anew.
compiled() {
    local made
    made=$cache/compiled-$(cat "$TOOLBAY_BIN" "$PACKAGING_PLUGINS"/*.wasm | sha256sum | cut -c1-16)
    if [ ! -d "$made" ]; then
        rm -rf "$cache"/compiled-*
        mkdir -m 700 "$work/compiling"
        NOTION_TOKEN=secret_emulator TOOLBAY_CONFIG=$here/empty.toml TOOLBAY_DATA_DIR=$work/compiling \
            TOOLBAY_PLUGIN_DIR=$PACKAGING_PLUGINS "$TOOLBAY_BIN" tools >/dev/null
        mv "$work/compiling/cache" "$made"
    fi
    cp -a "$made" "$1"
}
