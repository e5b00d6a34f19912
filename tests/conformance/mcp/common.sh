# Sourced by the scripts beside it.

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
cache="${TOOLBAY_CONFORMANCE_CACHE:-$repository/target/conformance}"
mkdir -p "$cache"

# Ends the script unless each of these variables is set.
require() {
  local name
  for name in "$@"; do
    if [ -z "${!name:-}" ]; then
      echo "$name must be set" >&2
      exit 2
    fi
  done
}

# Installs npm packages into a folder once, and Node 22 with them when the installed one is older.
node_packages() {
  local folder="$1" wanted="$*"
  shift
  if [ "$(cat "$folder/.installed" 2>/dev/null)" = "$wanted" ]; then return; fi
  mkdir -p "$folder"
  [ -f "$folder/package.json" ] || echo '{"private": true}' >"$folder/package.json"
  local major
  major="$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true)"
  if [ "${major:-0}" -lt 22 ]; then
    # Before the others, because npm chooses versions of them by the Node that runs it.
    npm --prefix "$folder" install --no-audit --no-fund --loglevel=error node@22 >&2
  fi
  (
    export PATH="$folder/node_modules/.bin:$PATH"
    npm --prefix "$folder" install --no-audit --no-fund --loglevel=error "$@" >&2
  )
  echo "$wanted" >"$folder/.installed"
}

# Makes a virtual environment with the packages of a requirements file, once.
python_packages() {
  local folder="$1" wanted
  wanted="$(cat "$2")"
  if [ "$(cat "$folder/.installed" 2>/dev/null)" = "$wanted" ]; then return; fi
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" >&2
  echo "$wanted" >"$folder/.installed"
}
