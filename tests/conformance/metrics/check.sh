#!/usr/bin/env bash
# /metrics, read by programs that others wrote: the parser of Prometheus's Python client, and Debian's Prometheus, which collects it from a
# running host and is asked about it, with its promtool for the rules of examples/deploy.
#
# Wants TOOLBAY_BIN and EMULATOR_BINARY, and a folder of plugins in METRICS_PLUGINS. Prometheus is unpacked and not installed.
. "$(dirname "$0")/../packaging/common.sh"
cache=${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}/metrics
mkdir -p "$cache"
cd "$repository"

if [ ! -e "$cache/prometheus/ready" ]; then
    rm -rf "$cache/prometheus"
    mkdir -p "$cache/prometheus/packages"
    (cd "$cache/prometheus/packages" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg -x prometheus_*.deb "$cache/prometheus")
    rm -rf "$cache/prometheus/packages"
    touch "$cache/prometheus/ready"
fi
prometheus=$cache/prometheus/usr/bin
wanted=prometheus-client==0.23.1
if [ "$(cat "$cache/python/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$cache/python"
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    echo "$wanted" > "$cache/python/ready"
fi

emulator=127.0.0.1:$(free_port) listen=127.0.0.1:$(free_port) collector=127.0.0.1:$(free_port)
EMULATOR_LISTEN=$emulator EMULATOR_RATE_LIMIT=off "$EMULATOR_BINARY" > "$work/emulator.log" 2>&1 &
endings+=("kill $!")
calls=$(openssl rand -hex 24)
openssl rand -hex 24 > "$work/metrics_token"
mkdir "$work/data" "$work/prometheus"
NOTION_TOKEN=secret_emulator NOTION_API_URL=http://$emulator ACTION_API_TOKEN=$calls TOOLBAY_METRICS_TOKEN_FILE=$work/metrics_token \
    TOOLBAY_DATA_DIR=$work/data TOOLBAY_PLUGIN_DIR=$METRICS_PLUGINS TOOLBAY_GRANT_ON_DROP=$grants TOOLBAY_LISTEN=$listen \
    "$TOOLBAY_BIN" serve > "$work/host.log" 2>&1 &
endings+=("kill $!")
eventually 180 curl -fsS "http://$listen/readyz" || { tail "$work/host.log"; exit 1; }

# The collector, with the example's own configuration but for where everything is.
sed -e "s#tools.example.com#$listen#; s#/etc/prometheus/toolbay-token#$work/metrics_token#; s#scheme: https#scheme: http#; s#scrape_interval: .*#scrape_interval: 1s#" \
    -e "s#/etc/prometheus/toolbay-rules.yml#$repository/examples/deploy/prometheus/rules.yml#" \
    examples/deploy/prometheus/prometheus.yml > "$work/prometheus.yml"
"$prometheus/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" --web.listen-address="$collector" \
    > "$work/prometheus.log" 2>&1 &
endings+=("kill $!")

call() {
    curl -sS -o /dev/null "http://$listen/v1/tools/$1" -H "Authorization: Bearer $calls" -H 'Content-Type: application/json' -d "$2"
}
for _ in 1 2 3; do call search '{"query": "roadmap"}'; done
call search '{"limit": "many"}'
call create_database '{}'
curl -fsS "http://$listen/metrics" -H "Authorization: Bearer $(cat "$work/metrics_token")" > "$work/metrics.txt"

check "prometheus_client's strict parser takes it, and its numbers are those of the calls" \
    "$cache/python/bin/python" "$here/../metrics/parse.py" "$work/metrics.txt"
check "promtool takes the configuration and the rules of examples/deploy" "$prometheus/promtool" check config "$work/prometheus.yml"
check "the dashboard asks for nothing that isn't there" \
    "$cache/python/bin/python" "$here/../metrics/dashboard.py" examples/deploy/prometheus/dashboard.json examples/deploy/prometheus/rules.yml "$work/metrics.txt"
asked() { "$prometheus/promtool" query instant "http://$collector" "$1"; }
up() { asked 'up{job="toolbay"}' | grep -q '=> 1 @'; }
collected() { asked 'toolbay_calls_total{tool="search", outcome="ok"}' | grep -q '=> 3 @'; }
check "Prometheus reaches the host with the token of the file" eventually 30 up
check "Prometheus has the calls" eventually 30 collected
check "Prometheus computes a quantile of the calls" sh -c "'$prometheus/promtool' query instant http://$collector 'histogram_quantile(0.9, toolbay_call_duration_seconds_bucket{surface=\"rest\"})' | grep -q '=> 0'"
check "no token, no metrics" sh -c "curl -sS -o /dev/null -w '%{http_code}' http://$listen/metrics | grep -qx 401"
check "no token in metrics or log" not grep -qF -e "$calls" -e "$(cat "$work/metrics_token")" -e secret_emulator "$work/metrics.txt" "$work/host.log"
finish
