#!/usr/bin/env bash
# Uses a running container engine, or else installs Debian's docker.io, which the tests start as root.
set -euo pipefail
if docker info >/dev/null 2>&1; then
  docker version --format 'an engine is running: {{.Server.Version}}'
  exit
fi
if ! command -v dockerd >/dev/null || [ ! -x /usr/bin/docker ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install --yes --no-install-recommends docker.io iptables
fi
dockerd --version
