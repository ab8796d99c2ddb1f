#!/usr/bin/env bash
# Installs Debian's PgBouncer for the proofs of the service behind it.
set -euo pipefail
if ! [ -x /usr/sbin/pgbouncer ]; then
  # RUNLEVEL=1 keeps the package from starting its daemon where there is an init.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq install -y --no-install-recommends pgbouncer >/dev/null ||
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends pgbouncer >/dev/null; }
fi
/usr/sbin/pgbouncer --version | sed -n 1p
