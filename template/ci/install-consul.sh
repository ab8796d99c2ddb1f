#!/usr/bin/env bash
# Puts the Consul agents that tests start under .cache/consul, where a later run finds them again:
#   debian/usr/bin/consul  1.8.7, the oldest that is supported: Debian's package, unpacked and not installed
#   current/consul         a current one, built from source, where a Go toolchain and its modules can be had
# Fails without the first. Prints what it has; the second is a gain and not a need.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/consul
mkdir -p "$cache"

current=v1.20.6
build_limit=330s

# The package left Debian after bullseye: ask the mirror that this machine uses, with package lists of our own.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" && !found { print $1; found = 1 }'
}

install_debian() {
  local apt=$cache/apt mirror options
  mirror=$(debian_mirror)
  # On a new machine the lists that say whose mirror it is have to be fetched first.
  [ -n "$mirror" ] || { apt-get -qq update && mirror=$(debian_mirror); }
  [ -n "$mirror" ] || { echo 'no Debian mirror is configured on this machine' >&2; return 1; }
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  echo "deb $mirror bullseye main" >"$apt/sources.list"
  options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=)
  apt-get "${options[@]}" update
  (cd "$apt" && apt-get "${options[@]}" download consul)
  dpkg -x "$apt"/consul_*.deb "$cache/debian"
  rm -rf "$apt"
}

# From a module that only requires it: Consul's own replacements then do not count, and its parts come as modules too.
# What it excludes has to be said again, and what its go.sum vouches for needs no look-up.
build_current() {
  local work
  work=$(mktemp -d)
  # In a process of its own, because `set -e` does not hold in a function whose outcome is asked for.
  bash -euo pipefail -s -- "$current" "$build_limit" "$cache/current" >"$work/log" 2>&1 <<'SCRIPT' || { tail -n 3 "$work/log"; return 1; }
    current=$1 limit=$2 target=$3
    cd "$(mktemp -d)"
    export GOFLAGS=-mod=mod CGO_ENABLED=0
    go mod init build
    source=$(go mod download -json "github.com/hashicorp/consul@$current" | awk -F'"' '$2 == "Dir" { print $4 }')
    cp "$source/go.sum" .
    mapfile -t excluded < <(
      awk '/^exclude \(/ { inside = 1; next } /^\)/ { inside = 0 } inside { print "-exclude=" $1 "@" $2 }' "$source/go.mod"
    )
    go mod edit "-require=github.com/hashicorp/consul@$current" "${excluded[@]}"
    timeout "$limit" go build -trimpath -ldflags='-s -w' -o consul github.com/hashicorp/consul
    mkdir -p "$target"
    mv consul "$target/consul"
SCRIPT
}

[ -x "$cache/debian/usr/bin/consul" ] || install_debian
"$cache/debian/usr/bin/consul" version | sed -n 1p
if [ -x "$cache/current/consul" ] || { command -v go >/dev/null && build_current; }; then
  "$cache/current/consul" version | sed -n 1p
else
  echo 'no current Consul: it could not be built here; the tests run on 1.8.7 alone'
fi
