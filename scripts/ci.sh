#!/bin/sh
# The steps of the pipeline that are not npm scripts. Each runs where its program is installed; POSIX sh, because most of
# those images have no bash.
# Usage: scripts/ci.sh STEP [ARGUMENT]
set -eu
cd "$(dirname "$0")/.."

severity=HIGH,CRITICAL

case ${1-} in
  install) # Installs the dependencies, but keeps the Node of the image, which the job tests.
    npm ci --prefer-offline --no-audit
    rm -f node_modules/.bin/node
    node --version
    ;;
  version) # [TAG]: prints the version in package.json. Fails if the tag names another one.
    version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
    if [ -n "${2-}" ] && [ "$2" != "v$version" ]; then
      echo "the tag $2 does not match version $version in package.json" >&2
      exit 1
    fi
    echo "$version"
    ;;
  audit) # Checks the packages' registry signatures and known vulnerabilities.
    npm audit signatures
    npm audit --omit=dev
    ;;
  secrets) # Searches the whole history: a secret that was ever committed is public.
    gitleaks git --no-banner --redact .
    ;;
  infrastructure) # Searches the Dockerfile, the chart and the manifests for misconfigurations.
    trivy config --exit-code 1 --severity "$severity" .
    ;;
  chart) # Tests the chart.
    scripts/install-kubernetes-tools.sh
    npm run test:chart
    ;;
  scan) # IMAGE: searches a published image for vulnerabilities that have a fix.
    trivy image --exit-code 1 --severity "$severity" --ignore-unfixed "$2"
    ;;
  sign) # REFERENCE: signs a published image or chart without a key; the certificate names the pipeline that built it.
    cosign sign --yes "$2"
    ;;
  push-chart) # REPOSITORY [OPTION...]: publishes the chart under its version. Writes its reference to dist-chart/reference.
    repository=$2
    shift 2
    helm package charts/skiff --destination dist-chart
    helm push dist-chart/*.tgz "oci://$repository" "$@" 2>&1 | tee dist-chart/output
    echo "$repository/skiff@$(sed -n 's/^Digest: //p' dist-chart/output)" > dist-chart/reference
    grep '@sha256:' dist-chart/reference
    ;;
  deploy) # NAMESPACE ENVIRONMENT REPOSITORY DIGEST: deploys exactly the image that was scanned and signed, to the current context.
    helm upgrade skiff charts/skiff --install --namespace "$2" --set "config.environment=$3" \
      --set "image.repository=$4" --set "image.digest=$5" --rollback-on-failure --wait --timeout 5m
    helm test skiff --namespace "$2"
    ;;
  notes) # VERSION: prints the entries of CHANGELOG.md for a released version.
    awk -v heading="## ${2#v} " 'index($0, "## ") == 1 { found = index($0, heading) == 1; next } found' CHANGELOG.md | grep .
    ;;
  upgrade) # URL [OPTION...]: merges the newest release of the template at $TEMPLATE_URL, and pushes its branch to the URL.
    export GIT_AUTHOR_NAME=upgrade GIT_AUTHOR_EMAIL=upgrade@localhost
    export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
    npm run --silent upgrade -- --from "$TEMPLATE_URL"
    branch=refs/heads/$(git branch --show-current)
    url=$2
    shift 2
    case $branch in
      refs/heads/upgrade-*) [ -n "$(git ls-remote "$url" "$branch")" ] || git push "$@" "$url" "HEAD:$branch" ;;
    esac
    ;;
  *)
    echo "unknown step: ${1-}; see scripts/ci.sh" >&2
    exit 64
    ;;
esac
