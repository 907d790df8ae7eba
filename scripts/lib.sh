# Shared by the scripts of this folder: where the tree is, progress lines, error lines.
# Sourced, never run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
# Objects compiled in one clone serve another.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

if [ -t 2 ]; then BOLD=$'\033[1m' PLAIN=$'\033[0m'; else BOLD='' PLAIN=''; fi
step() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# run_logged NAME COMMAND...: a long command whose output matters only if it fails. Every half minute
# the last line of its output shows that it is alive.
run_logged() {
  local log="$ROOT/build/logs/$1.log" waited=0 status=0 pid
  shift
  mkdir -p "$ROOT/build/logs"
  "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
    if [ $((waited % 150)) = 0 ]; then
      printf '    %4d s  %s\n' $((waited / 5)) "$(tail -n 1 "$log" | tr '\r' '\n' | tail -n 1 | cut -c 1-100)" >&2
    fi
  done
  wait "$pid" || status=$?
  [ "$status" = 0 ] && return
  tail -n 40 "$log" >&2
  fail "failed: $* (whole output: ${log#"$ROOT/"})"
}

# The commit a change is measured against: where this branch left origin's main, or else local main.
# Empty if there is none (a first commit, a shallow clone): then everything counts as changed.
merge_base() {
  local base
  for base in "${LOADCTL_BASE:-}" origin/main main; do
    [ -n "$base" ] || continue
    if git rev-parse -q --verify "$base^{commit}" >/dev/null; then
      base=$(git merge-base "$base" HEAD 2>/dev/null) || continue
      # On main itself the change is the last commit.
      if [ "$base" = "$(git rev-parse HEAD)" ]; then
        base=$(git rev-parse -q --verify HEAD~1) || return 0
      fi
      printf '%s\n' "$base"
      return 0
    fi
  done
}

# changed_files PATTERN...: tracked files that differ from merge_base, committed or not; all if there is none.
changed_files() {
  local base
  base=$(merge_base)
  if [ -n "$base" ]; then
    git diff --name-only --diff-filter=d "$base" -- "$@"
  else
    git ls-files -- "$@"
  fi
}
