# Shared by the scripts of this folder: where the tree is, progress lines, error lines.
# Sourced, never run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

step() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# run_logged NAME COMMAND...: a long command whose output matters only if it fails.
run_logged() {
  local log="$ROOT/build/logs/$1.log"
  shift
  mkdir -p "$ROOT/build/logs"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "failed: $* (whole output: $log)"
  fi
}
