#!/bin/sh
# Fetches loadctl's tarball, checks it, and unpacks it. Needs curl or wget, tar, xz, sha256sum.
#
#   curl -fsSL https://HOST/install.sh | sh -s -- --from https://HOST
#
#   --from URL       the folder that has the tarball and its .sha256, here or elsewhere; also LOADCTL_FROM
#   --version V      of loadctl (default: the one that this script came with)
#   --sha256 SUM     what the tarball must have, from somewhere else than --from
#   --prefix FOLDER  where to unpack it (default: ~/.local/share/loadctl)
#   --bin FOLDER     where the link `loadctl` goes (default: ~/.local/bin)
#
# What was there of the same version is replaced; nothing is changed if the download is not what its checksum says.
set -eu

version=@VERSION@
from=${LOADCTL_FROM:-}
sum=
prefix=${HOME:-/root}/.local/share/loadctl
bin=${HOME:-/root}/.local/bin

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --from | --version | --sha256 | --prefix | --bin) [ $# -ge 2 ] || fail "$1 needs a value" ;;
    *) fail "unknown argument: $1 (--from, --version, --sha256, --prefix, --bin)" ;;
  esac
  case $1 in
    --from) from=$2 ;;
    --version) version=${2#v} ;;
    --sha256) sum=$2 ;;
    --prefix) prefix=$2 ;;
    --bin) bin=$2 ;;
  esac
  shift 2
done
[ -n "$from" ] || fail "--from is needed: the address of the folder that has the tarball"
case $version in *[!0-9A-Za-z.+-]* | '') fail "--version: \"$version\" is none" ;; esac

[ "$(uname -s)" = Linux ] || fail "loadctl runs on Linux"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) fail "there is no tarball for $(uname -m)" ;;
esac
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2) || true
[ -n "$glibc" ] || fail "this system has no glibc; loadctl needs 2.35 or later"
[ "$(printf '2.35\n%s\n' "$glibc" | sort -V | head -n 1)" = 2.35 ] || fail "glibc $glibc is too old; loadctl needs 2.35 or later"
for program in tar xz sha256sum; do command -v "$program" >/dev/null || fail "$program is missing"; done

fetch() {
  case $1 in
    *://*) ;;
    *) cp -- "$1" "$2" || fail "cannot read $1"; return ;;
  esac
  if command -v curl >/dev/null; then
    curl -fsSL --retry 3 -o "$2" "$1" || fail "cannot fetch $1"
  elif command -v wget >/dev/null; then
    wget -q -O "$2" "$1" || fail "cannot fetch $1"
  else
    fail "curl or wget is needed"
  fi
}

# In a function, so that a script that came only in part does nothing.
main() {
  name=loadctl-$version-linux-$arch
  mkdir -p "$prefix" "$bin"
  work=$(mktemp -d "$prefix/.install.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  fetch "$from/$name.tar.xz" "$work/$name.tar.xz"
  if [ -z "$sum" ]; then
    fetch "$from/$name.tar.xz.sha256" "$work/sum"
    sum=$(cut -d' ' -f1 <"$work/sum")
  fi
  found=$(sha256sum "$work/$name.tar.xz" | cut -d' ' -f1)
  [ "$found" = "$sum" ] || fail "$name.tar.xz is not what its checksum says: $found, not $sum"
  tar -C "$work" -xJf "$work/$name.tar.xz"
  "$work/$name/bin/loadctl" version >/dev/null || fail "what was unpacked does not run here"
  rm -rf "${prefix:?}/$name"
  mv "$work/$name" "$prefix/$name"
  ln -sfn "$prefix/$name/bin/loadctl" "$bin/loadctl"
  ln -sfn "$prefix/$name/bin/loadctl-agent" "$bin/loadctl-agent"
  echo "loadctl $version is in $prefix/$name"
  case :$PATH: in
    *":$bin:"*) echo "run it: loadctl run script.js" ;;
    *) echo "run it: $bin/loadctl run script.js   ($bin is not in PATH)" ;;
  esac
}
main
