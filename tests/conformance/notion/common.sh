# Shared by the scripts beside it: where fetched things go, and how an emulator is started.
# Nothing that is fetched is kept in the source tree.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
cache="${TOOLBAY_CONFORMANCE_CACHE:-$repo/target/conformance}/notion"
mkdir -p "$cache"

# Builds the emulator unless EMULATOR_BINARY names one, and starts it on a free port.
# Sets EMULATOR_URL, EMULATOR_TOKEN, and EMULATOR_IDS (a file of name=id lines).
start_emulator() {
    local binary="${EMULATOR_BINARY:-}"
    if [ -z "$binary" ]; then
        cargo build --quiet --manifest-path "$repo/Cargo.toml" -p notion-emulator
        local target="${CARGO_TARGET_DIR:-$repo/target}"
        binary="$target/debug/notion-emulator"
    fi
    EMULATOR_IDS=$(mktemp "$cache/emulator.XXXXXX")
    export EMULATOR_TOKEN=secret_emulator EMULATOR_IDS
    EMULATOR_LISTEN=127.0.0.1:0 EMULATOR_RATE_LIMIT=off "$binary" "$@" >"$EMULATOR_IDS" &
    emulator_process=$!
    trap 'kill "$emulator_process" 2>/dev/null || true; rm -f "$EMULATOR_IDS"' EXIT
    for _ in $(seq 100); do
        grep -q '^blocks=' "$EMULATOR_IDS" && break
        sleep 0.1
    done
    EMULATOR_URL=$(sed -n 's/^Notion emulator at \([^ ]*\) .*/\1/p' "$EMULATOR_IDS")
    export EMULATOR_URL
    [ -n "$EMULATOR_URL" ] || { echo "the emulator did not start" >&2; exit 1; }
}

# A virtual environment with the given requirements, made once for each list of them.
python_environment() {
    local name=$1
    shift
    local environment="$cache/python-$name"
    if [ ! -f "$environment/ready-$(printf '%s' "$*" | tr -c 'a-zA-Z0-9.' '_')" ]; then
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check "$@"
        touch "$environment/ready-$(printf '%s' "$*" | tr -c 'a-zA-Z0-9.' '_')"
    fi
    python="$environment/bin/python"
}
