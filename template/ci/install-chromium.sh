#!/usr/bin/env bash
# Installs Debian's Chromium for the browser tests.
set -euo pipefail
command -v chromium >/dev/null || { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium; }
chromium --version
