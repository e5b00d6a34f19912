#!/usr/bin/env bash
# Runs toolbay.service under systemd, which is the first process of a container: the unit as it is, with its filter of system calls,
# and its secrets where docs/deploying.md puts them.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/engine.sh"
images

emulator=127.0.0.1:$(free_port) listen=127.0.0.1:$(free_port) called=toolbay-service-$$
EMULATOR_LISTEN=$emulator EMULATOR_RATE_LIMIT=off "$EMULATOR_BINARY" > "$work/emulator.log" 2>&1 &
endings+=("kill $!")

install -d -m 755 "$work/plugins"
install -m 644 "$PACKAGING_PLUGINS"/*.wasm "$work/plugins"
# What is tried has no plugins in it, and asks the emulator.
mkdir "$work/toolbay.service.d"
cat > "$work/toolbay.service.d/tried.conf" <<END
[Service]
Environment=TOOLBAY_LISTEN=$listen TOOLBAY_PLUGIN_DIR=/opt/plugins TOOLBAY_GRANT_ON_DROP=$grants NOTION_API_URL=http://$emulator
END
# A container's mounts aren't shared as a machine's are; systemd needs that for credentials.
quietly podman run --detach --name "$called" --systemd=always --privileged --network host --tmpfs /run \
    --volume "$TOOLBAY_BIN:/usr/local/bin/toolbay:ro" --volume "$work/plugins:/opt/plugins:ro" \
    --volume "$repository/examples/deploy/toolbay.service:/etc/systemd/system/toolbay.service:ro" \
    --volume "$work/toolbay.service.d:/etc/systemd/system/toolbay.service.d:ro" \
    --entrypoint sh docker.io/library/postgres:17-bookworm -c 'mount --make-rshared / && exec /sbin/init' >/dev/null
endings+=("podman rm --force --volumes --time 2 $called >/dev/null 2>&1")
inside() { podman exec "$called" "$@"; }
eventually 30 inside test -S /run/systemd/private

secrets() {
    sed -n '/^install -d -m 700 \/etc\/toolbay/,/^```/p' "$repository/docs/deploying.md" | grep -v '^```' > "$work/secrets.sh"
    grep -q notion_token "$work/secrets.sh"
    # Debian's openssl isn't in the container.
    mkdir "$work/etc"
    (cd "$work" && sed "s#/etc/toolbay#$work/etc/toolbay#g" secrets.sh | sh -eu)
    echo secret_emulator > "$work/etc/toolbay/credentials/notion_token"
    podman cp "$work/etc/toolbay" "$called:/etc/"
    inside chmod 700 /etc/toolbay/credentials
}
check "the secrets are made" secrets
# Compiled code, where the service's own folder will be; systemd gives it to the service's user.
compiled "$work/cache"
inside mkdir -p -m 700 /var/lib/private/toolbay
podman cp "$work/cache" "$called:/var/lib/private/toolbay/"

start() {
    inside systemctl daemon-reload
    inside systemctl start toolbay
    eventually 120 curl -fsS "http://$listen/readyz" || { inside journalctl --unit toolbay --no-pager; return 1; }
}
check "systemctl start toolbay" start
token=$(cat "$work/etc/toolbay/credentials/action_api_token")
check "script/smoke --write" env TOOLBAY_TOKEN="$token" "$repository/script/smoke" "http://$listen" --write "$database"

held() {
    local process
    process=$(inside systemctl show --property MainPID --value toolbay)
    inside grep -qx 'Seccomp:.2' "/proc/$process/status"
    inside grep -qx 'NoNewPrivs:.1' "/proc/$process/status"
    inside grep -qx 'CapBnd:.0000000000000000' "/proc/$process/status"
    inside sh -c "! grep -q '^Uid:.0' /proc/$process/status"
    # Written folders are its own and no other.
    inside nsenter --target "$process" --mount sh -c '! echo x > /usr/written && ! echo x > /etc/written && echo x > /var/lib/toolbay/written'
    inside sh -c "tr '\0' '\n' < /proc/$process/environ" > "$work/variables"
    grep -q ACTION_API_TOKEN_FILE "$work/variables"
    not grep -F "$token" "$work/variables"
}
check "the filter, no capability, no root, no written folder but its own, no secret among its variables" held
tools() { curl -fsS "http://$listen/v1/tools" -H "Authorization: Bearer $token"; }
has() { tools | grep -q "\"name\":\"$1\""; }
made() {
    # As root, beside the service; with its master key.
    inside env TOOLBAY_DATA_DIR=/var/lib/toolbay TOKEN_ENCRYPTION_KEY_FILE=/etc/toolbay/credentials/token_encryption_key \
        toolbay token create me --json > "$work/token"
    TOOLBAY_TOKEN=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])' < "$work/token") \
        "$repository/script/smoke" "http://$listen"
}
check "a token that a command makes" made
stop() {
    inside systemctl stop toolbay
    [ "$(inside systemctl show --property Result --value toolbay)" = success ]
    inside systemctl start toolbay
    eventually 60 curl -fsS "http://$listen/readyz"
}
check "it stops in order, and starts again" stop
compiles() {
    rm "$work/plugins/blocks.wasm"
    eventually 20 not has append_blocks
    inside sh -c 'rm -rf /var/lib/private/toolbay/cache/*/*'
    install -m 644 "$PACKAGING_PLUGINS/blocks.wasm" "$work/plugins"
    eventually 180 has append_blocks
    inside sh -c 'ls /var/lib/private/toolbay/cache/*/*.cwasm'
}
# Its compiler is another process, within the same filter.
check "a dropped plugin is compiled" compiles
finish
