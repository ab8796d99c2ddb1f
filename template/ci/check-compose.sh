#!/usr/bin/env bash
# Checks that Docker Compose accepts each combination of files in deploy/compose, using its plugin or else Debian's package.
set -euo pipefail
cd "$(dirname "$0")/../../deploy/compose"
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
else
  if ! command -v docker-compose >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq install --yes --no-install-recommends docker-compose >/dev/null ||
      { apt-get -qq update && apt-get -qq install --yes --no-install-recommends docker-compose >/dev/null; }
  fi
  compose=(docker-compose)
fi
check() {
  local file files=()
  for file in "$@"; do files+=(--file "$file"); done
  "${compose[@]}" "${files[@]}" config --quiet
  echo "$*: ok"
}
check consul.yaml
check postgres.yaml
check compose.yaml
check compose.yaml compose.consul.yaml
check compose.yaml compose.postgres.yaml
check compose.yaml compose.observability.yaml
