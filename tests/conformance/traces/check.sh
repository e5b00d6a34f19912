#!/usr/bin/env bash
# Traces, read back from a collector that others wrote: rotel, of PyPI. One call goes over two hosts, of which the second is an MCP server
# behind the first, and is one trace below the span of whoever called.
#
# Wants TOOLBAY_BIN and EMULATOR_BINARY, and a folder of plugins in TRACES_PLUGINS.
. "$(dirname "$0")/../packaging/common.sh"
cache=${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}/traces
mkdir -p "$cache"
cd "$work"

wanted=rotel==0.0.1a15
if [ "$(cat "$cache/python/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$cache/python"
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    echo "$wanted" > "$cache/python/ready"
fi
rotel=$("$cache/python/bin/python" -c 'import pathlib, rotel; print(pathlib.Path(rotel.__file__).with_name("rotel-agent"))')

emulator=127.0.0.1:$(free_port) front=127.0.0.1:$(free_port) behind=127.0.0.1:$(free_port)
collector=127.0.0.1:$(free_port) unused=127.0.0.1:$(free_port)
EMULATOR_LISTEN=$emulator EMULATOR_RATE_LIMIT=off "$EMULATOR_BINARY" > "$work/emulator.log" 2>&1 &
endings+=("kill $!")
# It prints each span that it has read.
"$rotel" start --exporter blackhole --debug-log traces --debug-log-verbosity detailed \
    --otlp-http-endpoint "$collector" --otlp-grpc-endpoint "$unused" > "$work/collected.log" 2>&1 &
endings+=("kill $!")

calls=$(openssl rand -hex 24) between=$(openssl rand -hex 24)
# serve NAME ADDRESS TOKEN FOLDER_OF_PLUGINS
serve() {
    mkdir -p "$work/$1/data"
    NOTION_TOKEN=secret_emulator NOTION_API_URL=http://$emulator ACTION_API_TOKEN=$3 TOOLBAY_CONFIG=$work/$1/toolbay.toml \
        TOOLBAY_DATA_DIR=$work/$1/data TOOLBAY_PLUGIN_DIR=$4 TOOLBAY_GRANT_ON_DROP=$grants TOOLBAY_LISTEN=$2 \
        BETWEEN=$between OTEL_EXPORTER_OTLP_ENDPOINT=http://$collector OTEL_SERVICE_NAME=$1 \
        "$TOOLBAY_BIN" serve > "$work/$1.log" 2>&1 &
    endings+=("kill $!")
    eventually 180 curl -fsS "http://$2/readyz" || { tail "$work/$1.log"; exit 1; }
}
mkdir -p "$work/front/plugins" "$work/behind"
: > "$work/behind/toolbay.toml"
cat > "$work/front/toolbay.toml" <<END
[upstreams.behind]
url = "http://$behind/mcp"
allow_private = true
headers = { Authorization = { env = "AUTHORIZATION" } }
END
serve behind "$behind" "$between" "$TRACES_PLUGINS"
AUTHORIZATION="Bearer $between" serve front "$front" "$calls" "$work/front/plugins"
there() { curl -fsS "http://$front/v1/tools" -H "Authorization: Bearer $calls" | grep -q '"behind_search"'; }
check "the first host has the tools of the second" eventually 60 there

trace=$(openssl rand -hex 16) span=$(openssl rand -hex 8)
curl -sS "http://$front/v1/tools/behind_search" -H "Authorization: Bearer $calls" -H 'Content-Type: application/json' \
    -H "traceparent: 00-$trace-$span-01" -d '{"query": "canary-of-arguments"}' > "$work/answer.json"
curl -sS "http://$front/v1/tools/behind_search" -H "Authorization: Bearer $calls" -H 'Content-Type: application/json' \
    -H "traceparent: 00-$(openssl rand -hex 16)-$span-00" -d '{"query": "roadmap"}' > "$work/unsampled.json"
check "the call is answered" grep -q '"ok":true' "$work/answer.json"
read_back() { python3 "$here/../traces/read.py" "$work/collected.log" "$trace" "$span"; }
check "the collector has one trace of both hosts, below the span of the caller" eventually 30 read_back
read_back || true
check "what the caller doesn't keep, no host keeps" sh -c "[ \"\$(grep -c 'Name .*POST /v1/search' '$work/collected.log')\" = 1 ]"
check "no secret and no argument in what the collector has" \
    not grep -qF -e "$calls" -e "$between" -e secret_emulator -e canary-of-arguments "$work/collected.log"
finish
