#!/usr/bin/env bash
# examples/deploy/nginx.conf and Caddyfile as they are, but for ports and certificate, in front of a host: Debian's nginx and Caddy,
# unpacked and not installed.
. "$(dirname "$0")/common.sh"
cd "$repository"

proxies=$cache/proxies
if [ ! -e "$proxies/ready" ]; then
    rm -rf "$proxies"
    mkdir -p "$proxies/packages"
    (cd "$proxies/packages" && apt-get download -qq -o APT::Sandbox::User=root nginx caddy && for package in *.deb; do dpkg -x "$package" "$proxies"; done)
    rm -rf "$proxies/packages"
    touch "$proxies/ready"
fi

emulator=127.0.0.1:$(free_port) listen=127.0.0.1:$(free_port)
EMULATOR_LISTEN=$emulator EMULATOR_RATE_LIMIT=off "$EMULATOR_BINARY" > "$work/emulator.log" 2>&1 &
endings+=("kill $!")

# A certificate of an authority of its own.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tools.example.com \
    -addext subjectAltName=DNS:tools.example.com,DNS:localhost -keyout "$work/tools.key" -out "$work/tools.pem" 2>/dev/null
export SSL_CERT_FILE=$work/tools.pem

nginx_port=$(free_port) plain_port=$(free_port) caddy_port=$(free_port)
token=$(openssl rand -hex 24)
export TOOLBAY_TOKEN=$token
mkdir "$work/data" "$work/plugins"
cp "$PACKAGING_PLUGINS"/*.wasm "$work/plugins"
compiled "$work/data/cache"
cat > "$work/toolbay.toml" <<END
public_url = "https://localhost:$nginx_port"
public_urls = ["https://localhost:$caddy_port"]
trusted_proxies = ["127.0.0.1"]
END
NOTION_TOKEN=secret_emulator NOTION_API_URL=http://$emulator ACTION_API_TOKEN=$token TOOLBAY_CONFIG=$work/toolbay.toml \
    TOOLBAY_DATA_DIR=$work/data TOOLBAY_PLUGIN_DIR=$work/plugins TOOLBAY_GRANT_ON_DROP=$grants TOOLBAY_LISTEN=$listen \
    TOOLBAY_LOG=requests=debug "$TOOLBAY_BIN" serve > "$work/host.log" 2>&1 &
endings+=("kill $!")
eventually 180 curl -fsS "http://$listen/readyz" || { tail "$work/host.log"; exit 1; }

# nginx as an ordinary user's process; what is tried is its server.
mkdir -p "$work/nginx/logs" "$work/nginx/temp"
sed -e "s#127.0.0.1:8700#$listen#; s#listen 443 ssl#listen 127.0.0.1:$nginx_port ssl#; s#listen 80;#listen 127.0.0.1:$plain_port;#" \
    -e "s#/etc/ssl/tools#$work/tools#" -e "s#server_name tools.example.com;#server_name localhost;#" examples/deploy/nginx.conf > "$work/nginx/toolbay.conf"
cat > "$work/nginx.conf" <<END
user root;
daemon off;
pid $work/nginx/pid;
events {}
http {
    access_log off;
    client_body_temp_path $work/nginx/temp/body;
    proxy_temp_path $work/nginx/temp/proxy;
    fastcgi_temp_path $work/nginx/temp/fastcgi;
    uwsgi_temp_path $work/nginx/temp/uwsgi;
    scgi_temp_path $work/nginx/temp/scgi;
    include $work/nginx/toolbay.conf;
}
END
check "nginx takes its configuration" "$proxies/usr/sbin/nginx" -t -e "$work/nginx/error.log" -p "$work/nginx" -c "$work/nginx.conf"
"$proxies/usr/sbin/nginx" -e "$work/nginx/error.log" -p "$work/nginx" -c "$work/nginx.conf" > "$work/nginx.out" 2>&1 &
endings+=("kill $!")

# Caddy would ask an authority on the internet for a certificate; here it gets one.
sed -e "s#^tools.example.com {#https://localhost:$caddy_port {\n\tbind 127.0.0.1\n\ttls $work/tools.pem $work/tools.key#; s#127.0.0.1:8700#$listen#" \
    examples/deploy/Caddyfile > "$work/Caddyfile"
printf '{\n\tadmin off\n\tauto_https disable_redirects\n}\n' | cat - "$work/Caddyfile" > "$work/Caddyfile.tried"
check "Caddy takes its configuration" env HOME="$work" "$proxies/usr/bin/caddy" validate --adapter caddyfile --config "$work/Caddyfile.tried"
HOME=$work "$proxies/usr/bin/caddy" run --adapter caddyfile --config "$work/Caddyfile.tried" > "$work/caddy.log" 2>&1 &
endings+=("kill $!")

for proxy in nginx:$nginx_port caddy:$caddy_port; do
    name=${proxy%:*} url=https://localhost:${proxy#*:}
    eventually 20 curl -fsS --cacert "$work/tools.pem" "$url/livez" || { tail "$work/nginx.out" "$work/nginx/error.log" "$work/caddy.log"; exit 1; }
    check "$name: script/smoke --write" script/smoke "$url" --write "$database"
    check "$name: streams, limits, addresses" python3 "$here/through.py" "$url" "$work/plugins" "$PACKAGING_PLUGINS/blocks.wasm" "$work/host.log"
done
plain() { curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' "http://localhost:$plain_port/mcp?profile=core" | grep -x '301 https://localhost/mcp?profile=core'; }
check "nginx: plain HTTP is sent on to HTTPS" plain
finish
