#!/usr/bin/env bash
# The two OpenAPI documents of a running host, read by programs that others wrote: openapi-spec-validator, Redocly's
# linter, and LibreChat's parser of Actions; and held against the published limits of Actions.
#
# Wants TOOLBAY_URL and TOOLBAY_TOKEN. Needs Python 3, npm, and their registries. Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

python_with openapi-spec-validator==0.9.0 schemathesis==4.32.5
node_with @redocly/cli@2.77.0 librechat-data-provider@0.8.524
cp "$here/librechat.mjs" "$modules/"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

documents=$(mktemp -d "$cache/documents.XXXXXX")
trap 'rm -rf "$documents"' EXIT
curl --fail --silent --show-error "$url/openapi.json" -o "$documents/small.json"
curl --fail --silent --show-error "$url/openapi/full.json" -o "$documents/full.json"

for document in small full; do
    file="$documents/$document.json"
    check "$document: openapi-spec-validator" "$python" -m openapi_spec_validator --schema 3.1 "$file"
    check "$document: redocly lint" "$node" "$modules/node_modules/@redocly/cli/bin/cli.js" lint \
        --config "$here/redocly.yaml" --max-problems 20 "$file"
    check "$document: LibreChat" "$node" "$modules/librechat.mjs" "$file"
    check "$document: limits" "$python" "$here/limits.py" "$document" "$file"
done
finish
