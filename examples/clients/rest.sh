#!/bin/sh
# Calls a tool over REST.
#
#   TOOLBAY_TOKEN=… examples/clients/rest.sh http://127.0.0.1:8700 search '{"query": "Tasks"}'
set -eu
curl -sS "$1/v1/tools/$2" -H "Authorization: Bearer $TOOLBAY_TOKEN" -H 'Content-Type: application/json' -d "$3"
