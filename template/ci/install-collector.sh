#!/usr/bin/env bash
# Builds the OpenTelemetry Collector from its Go modules into .cache/collector, with the components of
# deploy/observability/collector, for the proof of OTLP in its long form. Requires Go. Takes minutes of one core.
set -euo pipefail
cd "$(dirname "$0")/../.."
config=$PWD/template/ci/collector.yaml
cache=$PWD/.cache/collector
if ! cmp -s "$config" "$cache/collector.yaml"; then
  mkdir -p "$cache"
  cd "$cache"
  export GOFLAGS=-buildvcs=false CGO_ENABLED=0
  GOBIN=$cache go install -trimpath go.opentelemetry.io/collector/cmd/builder@v0.165.0
  ./builder --config "$config"
  mv build/otelcol .
  rm -rf build
  # Written last: a build that was interrupted is repeated.
  cp "$config" collector.yaml
fi
"$cache/otelcol" --version
