#!/usr/bin/env bash
# Proves that a machine with git, an old Node, npm and the npm registry needs no
# set-up: clones HEAD, and runs `npx --yes pnpm@12 bench` and `... test`, each
# first and alone in a clone of its own, with an empty HOME and pnpm store.
#
#   scripts/fresh-clone.sh [bench|test]
set -euo pipefail

parts=("${@:-bench test}")
read -ra parts <<<"${parts[*]}"
for part in "${parts[@]}"; do
  if [[ $part != bench && $part != test ]]; then
    echo "unknown part '$part': allowed are bench and test" >&2
    exit 2
  fi
done

repository=$(cd "$(dirname "$0")/.." && git rev-parse --show-toplevel)
old_node=$(which -a node | grep -v '/node_modules/' | head -n 1 || true)
if [[ -z $old_node ]]; then
  echo "cannot try a fresh clone: no node on PATH outside node_modules; install one with apt-get install nodejs npm" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# Only what a fresh machine has: no settings of this shell's package managers.
clean_path=$(dirname "$old_node"):$(tr ':' '\n' <<<"$PATH" | grep -v '/node_modules/\|/_npx/\|node-gyp-bin' | paste -sd:)
run_clean() {
  local home=$1
  shift
  env -i HOME="$home" PATH="$clean_path" TMPDIR="${TMPDIR:-/tmp}" LANG="${LANG:-C.UTF-8}" \
    ${CI:+CI="$CI"} ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
    XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" XDG_STATE_HOME="$home/state" \
    npm_config_store_dir="$home/store" "$@" </dev/null
}

failed=0
for part in "${parts[@]}"; do
  clone=$work/$part/ticketlock
  home=$work/$part/home
  mkdir -p "$home"
  git clone --quiet "$repository" "$clone"
  command=(npx --yes pnpm@12 "$part")
  if [[ $part == bench ]]; then command+=(--preset smoke); fi
  echo "== Node $("$old_node" --version), fresh clone: ${command[*]}"
  log=$work/$part/log
  start=$(date +%s)
  status=0
  # Each line gets the seconds since the start, which tell where the set-up ended.
  (cd "$clone" && run_clean "$home" "${command[@]}" 2>&1) \
    | while IFS= read -r line; do printf '%4d s  %s\n' "$(($(date +%s) - start))" "$line"; done \
    | tee "$log" || status=$?
  setup=$(sed -nE 's/^ *([0-9]+) s  Done in .* using pnpm.*$/\1/p' "$log" | head -n 1)
  echo "== $part: exit $status, set-up ${setup:-?} s, all $(($(date +%s) - start)) s"
  if [[ $status != 0 ]]; then failed=1; fi
  if [[ -z $setup ]]; then
    echo "== $part: no set-up was seen" >&2
    failed=1
  fi
  changes=$(git -C "$clone" status --porcelain)
  if [[ -n $changes ]]; then
    echo "== $part left changes in the clone:" >&2
    echo "$changes" >&2
    failed=1
  fi
  rm -rf "${work:?}/$part"
done
exit "$failed"
