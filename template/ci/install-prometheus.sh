#!/usr/bin/env bash
# Installs Prometheus with promtool, which the tests of the rules and of the dashboard run: Debian's package.
set -euo pipefail
if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
  # Its daemon is not wanted, only the programs: without this the package would start it where there is an init.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq install -y --no-install-recommends prometheus >/dev/null ||
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends prometheus >/dev/null; }
fi
prometheus --version 2>&1 | sed -n 1p
