#!/usr/bin/env bash
# Builds cosign from its Go module into .cache/cosign, for the proof of the chart's signature in its long form. Requires Go.
# Takes minutes of one core.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/cosign
if [ ! -x "$cache/cosign" ]; then
  mkdir -p "$cache"
  GOFLAGS=-buildvcs=false CGO_ENABLED=0 GOBIN=$cache go install -trimpath github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
fi
"$cache/cosign" version 2>/dev/null | grep GitVersion
