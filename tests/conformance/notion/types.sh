#!/usr/bin/env bash
# The published types of the API (npm @notionhq/client 5.26.0) as a JSON Schema, against real exchanges.
#
#   types.sh                  starts the emulator with a record, drives every operation through types/drive.mjs with
#                             the official client, reads everything of the gallery through types/gallery.mjs, and
#                             checks every request and every answer of the record
#   types.sh --recorded FILE  checks that record, such as the host's own traffic: lines of JSON with method, route,
#                             path, request_body, status and response_body, or what GET /_emulator/record answers
#
# Known disagreements between the types and the API are in types/known.mjs, with reasons.
# Needs node 20, npm and a package registry. Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

modules="$cache/types"
wanted="@notionhq/client@5.26.0 ts-json-schema-generator@2.4.0 ajv@8.17.1"
if [ "$(cat "$modules/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$modules"
    mkdir -p "$modules"
    echo '{"private":true,"type":"module"}' >"$modules/package.json"
    # shellcheck disable=SC2086
    npm install --silent --no-audit --no-fund --prefix "$modules" $wanted
    echo "$wanted" >"$modules/ready"
fi
cp "$here"/types/* "$modules/"

if [ ! -f "$modules/oracle.schema.json" ] || [ "$here/types/oracle.mjs" -nt "$modules/oracle.schema.json" ]; then
    (cd "$modules" && node oracle.mjs >oracle.ts && npx --no-install ts-json-schema-generator --path oracle.ts \
        --type Oracle --tsconfig tsconfig.json --additional-properties -o oracle.schema.json)
fi

if [ $# -gt 0 ]; then
    [ "$1" != --recorded ] || shift
    [ -f "${1:-}" ] || { echo "no record: ${1:-name a file}" >&2; exit 2; }
    exec node "$modules/validate.mjs" "$1"
fi
record=$(mktemp "$cache/record.XXXXXX")
start_emulator --record "$record"
(cd "$modules" && node drive.mjs && node gallery.mjs)
status=0
node "$modules/validate.mjs" "$record" --every-operation || status=$?
rm -f "$record"
exit "$status"
