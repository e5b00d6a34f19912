#!/usr/bin/env bash
# Schemathesis against everything that a running host documents: no answer of 500 and more, none with a status, a type
# or a shape that isn't documented, none without the token that it needs.
#
# Wants TOOLBAY_URL and TOOLBAY_TOKEN; the host should stand before an emulator, since every tool is called, also those
# that write and destroy. TOOLBAY_FUZZ_SECONDS bounds the time (default 60), TOOLBAY_FUZZ_SEED repeats a run. Needs
# Python 3 and its registry. Ends with "N passed, N failed": operations.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

python_with openapi-spec-validator==0.9.0 schemathesis==4.32.5

work=$(mktemp -d "$cache/fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
report="$work/report.xml"
# One check is left out: the door repairs what models are known to get wrong, such as a number sent as text or a null for
# what may be absent, so some of what violates the schema is rightly accepted.
# One tool is left out: that of the conformance fixture whose answer is a failure, which is a 502 by design.
# Schemathesis writes beside where it runs.
cd "$work"
seed=()
[ -z "${TOOLBAY_FUZZ_SEED:-}" ] || seed=(--seed "$TOOLBAY_FUZZ_SEED")
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=media_types
"$python" -m schemathesis.cli --config-file "$here/schemathesis.toml" run "$url/openapi/full.json" \
    --url "$url" --header "Authorization: Bearer $TOOLBAY_TOKEN" --checks all \
    --exclude-operation-id test_error_handling --exclude-checks negative_data_rejection --max-time "${TOOLBAY_FUZZ_SECONDS:-60}" --request-timeout 45 \
    --continue-on-failure --warnings off --report junit --report-junit-path "$report" "${seed[@]}" || true
[ -s "$report" ] || { echo "schemathesis did not run"; echo "0 passed, 1 failed"; exit 1; }
"$python" - "$report" <<'END'
import sys
import xml.etree.ElementTree as tree

cases = tree.parse(sys.argv[1]).getroot().iter("testcase")
results = [any(child.tag in ("failure", "error") for child in case) for case in cases]
print(f"{results.count(False)} passed, {results.count(True)} failed")
sys.exit(1 if any(results) or not results else 0)
END
