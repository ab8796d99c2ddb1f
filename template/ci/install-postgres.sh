#!/usr/bin/env bash
# Installs Debian's PostgreSQL for the tests that start it. They run it as the user that the package creates.
set -euo pipefail
if ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || ! command -v psql >/dev/null; then
  # RUNLEVEL=1 keeps the package from starting its daemon where there is an init.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq install -y --no-install-recommends postgresql >/dev/null ||
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends postgresql >/dev/null; }
fi
psql --version
