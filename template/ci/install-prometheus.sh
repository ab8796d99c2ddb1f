#!/usr/bin/env bash
# Installs Prometheus and promtool from Debian for the tests of the alerts and the dashboard.
set -euo pipefail
if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
  # RUNLEVEL=1 keeps the package from starting its daemon where there is an init.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq install -y --no-install-recommends prometheus >/dev/null ||
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends prometheus >/dev/null; }
fi
prometheus --version 2>&1 | sed -n 1p
