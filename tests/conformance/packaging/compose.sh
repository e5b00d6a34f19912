#!/usr/bin/env bash
# Builds the Dockerfile, and runs docker-compose.yml as docs/deploying.md says, with its secrets.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/engine.sh"
python_packages
images
check "the Dockerfile is built" host_image

project=$work/toolbay
mkdir "$project"
cp "$repository/docker-compose.yml" "$project"
compiled "$work/cache"
chown -R 10001:10001 "$work/cache"
chmod 755 "$work"
cd "$project"
export PACKAGING_CACHE=$work/cache API_IMAGE=localhost/toolbay NOTION_API_URL=http://127.0.0.1:8701
API_PORT=$(free_port)
export API_PORT TOOLBAY_PUBLIC_URL=http://localhost:$API_PORT
called=toolbay-packaging-$$
compose() {
    quietly podman-compose --podman-path "$work/bin/podman" --project-name "$called" --profile emulator \
        --file docker-compose.yml --file "$here/compose.override.yml" "$@"
}
# The cache's own storage, in which nothing else has volumes.
endings+=("podman volume prune --force >/dev/null 2>&1" "compose down --volumes >/dev/null 2>&1")
container() { echo "${called}_$1_1"; }
healthy() { podman healthcheck run "$(container "$1")"; }

# The commands of the page, as they stand there, but for the workspace's token.
secrets() {
    sed -n '/^mkdir -m 700 secrets/,/^```/p' "$repository/docs/deploying.md" | grep -v '^```' > "$work/secrets.sh"
    grep -q notion_token "$work/secrets.sh"
    sh -eu "$work/secrets.sh"
    echo secret_emulator > secrets/notion_token
}
check "the secrets are made" secrets

start() {
    compose up --detach --no-deps postgres
    eventually 60 healthy postgres
    compose up --detach --no-deps api
    compose up --detach --no-deps emulator
    eventually 180 healthy api || { podman logs --tail 20 "$(container api)"; return 1; }
    eventually 30 healthy emulator
}
check "all three are healthy" start
smoke() { TOOLBAY_TOKEN=$(cat secrets/action_api_token) "$repository/script/smoke" "http://localhost:$API_PORT" "$@"; }
check "script/smoke, by the published port" smoke
check "script/smoke --write" smoke --write "$database"

# What the file promises of a container, seen from inside it.
inside() { podman exec "$(container "$1")" bash -c "$2"; }
held() {
    local service
    for service in api postgres emulator; do
        inside "$service" 'grep -qx "CapEff:.0000000000000000" /proc/1/status && grep -qx "CapBnd:.0000000000000000" /proc/1/status'
        inside "$service" 'grep -qx "NoNewPrivs:.1" /proc/1/status'
        inside "$service" '[ "$(id -u)" != 0 ]'
        inside "$service" '! echo > /usr/bin/written && ! echo > /etc/written && ! echo > /run/written'
    done
}
check "no capability, no new privilege, no written root, no root" held
bounded() {
    local service
    for service in api postgres emulator; do
        podman inspect --format "$service {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}}" "$(container "$service")"
    done > "$work/bounds"
    diff "$work/bounds" - <<END
api $((2 << 30)) 512 2000000000
postgres $((1 << 30)) 256 2000000000
emulator $((256 << 20)) 64 1000000000
END
}
check "memory, processes and processors are bounded" bounded
secret() {
    podman inspect "$(container api)" "$(container postgres)" localhost/toolbay > "$work/told"
    podman exec "$(container api)" bash -c 'tr "\0" "\n" < /proc/1/environ' >> "$work/told"
    podman logs "$(container api)" >> "$work/told" 2>&1
    # What was told has the name of a secret, so that it would show one.
    grep -q action_api_token "$work/told"
    not grep -F -f <(cat secrets/token_encryption_key secrets/action_api_token secrets/postgres_password) "$work/told"
}
check "no secret in the image, its variables, its log, or what is told of it" secret
apart() {
    [ "$(podman inspect --format '{{len .HostConfig.PortBindings}}' "$(container postgres)")" = 0 ]
    [ "$(podman network inspect --format '{{.Internal}}' "${called}_inside")" = true ]
    # The host has a way to it, and to others.
    inside api 'exec 3<>/dev/tcp/postgres/5432'
    inside postgres '! grep -q "^[^[:space:]]*[[:space:]]00000000" /proc/net/route'
    inside api 'grep -q "^[^[:space:]]*[[:space:]]00000000" /proc/net/route'
}
check "PostgreSQL is published nowhere, on a network without a way out" apart

again() {
    local before after
    before=$(podman inspect --format '{{.State.Pid}}' "$(container api)")
    podman exec "$(container api)" toolbay token create kept --strongest destroys --json > "$work/token"
    podman stop --time 30 "$(container emulator)" "$(container api)"
    [ "$(podman inspect --format '{{.State.ExitCode}}' "$(container api)")" = 0 ]
    podman start "$(container api)" "$(container emulator)"
    eventually 60 healthy api
    after=$(podman inspect --format '{{.State.Pid}}' "$(container api)")
    [ "$before" != "$after" ]
    TOOLBAY_TOKEN=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])' < "$work/token") \
        "$repository/script/smoke" "http://localhost:$API_PORT" --wait 30
}
check "it stops in order, and has what it had when it starts again" again
stuck() {
    podman kill --signal STOP "$(container api)"
    not timeout 10 podman healthcheck run "$(container api)"
    podman kill --signal CONT "$(container api)"
    eventually 10 healthy api
}
check "a host that doesn't answer is not healthy" stuck

# The image by itself, as the page has it; in front of Notion, which can't be asked here.
alone() {
    local port
    port=$(free_port)
    install -d -o 10001 -g 10001 "$work/kept"
    cp -a "$work/cache" "$work/kept/cache"
    quietly "$work/bin/podman" run --detach --name "$called-alone" --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
        --stop-timeout 30 --publish "127.0.0.1:$port:8700" --volume "$work/kept:/var/lib/toolbay" \
        --env "TOOLBAY_PUBLIC_URL=http://localhost:$port" --volume "$PWD/secrets/notion_token:/run/secrets/notion_token:ro" \
        --env NOTION_TOKEN_FILE=/run/secrets/notion_token --volume "$PACKAGING_PLUGINS:/plugins:ro" --env TOOLBAY_PLUGIN_DIR=/plugins \
        --env "TOOLBAY_GRANT_ON_DROP=$grants" localhost/toolbay
    eventually 60 podman healthcheck run "$called-alone"
    podman exec "$called-alone" toolbay token create me --strongest destroys --json > "$work/token"
    TOOLBAY_TOKEN=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])' < "$work/token") \
        "$repository/script/smoke" "http://localhost:$port"
}
endings+=("podman rm --force --volumes --time 5 $called-alone >/dev/null 2>&1")
check "the image alone, with SQLite" alone
finish
