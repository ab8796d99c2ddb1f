#!/usr/bin/env bash
# Installs the Consul agents for the tests into .cache/consul:
#   debian/usr/bin/consul  1.8.7, the oldest supported version: Debian's package, unpacked but not installed
#   current/consul         a current version, built from source if Go and the modules are available
# Fails without the first; the second is optional.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/consul
mkdir -p "$cache"

current=v1.20.6
build_limit=330s

# bullseye is the last Debian release with the package: uses the configured mirror with separate package lists.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" && !found { print $1; found = 1 }'
}

install_debian() {
  local apt=$cache/apt mirror options
  mirror=$(debian_mirror)
  # On a new machine the package lists, which identify the mirror, have to be downloaded first.
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

# Builds Consul from a module that requires it, so that Consul's own `replace` directives do not apply. `exclude` directives
# have to be repeated, and its go.sum saves checksum lookups.
build_current() {
  local work
  work=$(mktemp -d)
  # In a separate process, because `set -e` has no effect in a function called in a condition.
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
  echo 'current Consul: not built; the tests only run with 1.8.7'
fi
