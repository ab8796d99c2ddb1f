#!/usr/bin/env bash
# Builds the images for the cluster suite, and loads them into the cluster if it is running:
#   skiff-test/product:1    the service, by the project's Dockerfile on the substitute base images of template/proofs/container
#   skiff-test/product:1-*  the same with more migrations, for the scenario `postgres`: see template/proofs/deploy/cluster/migrations
#   skiff-test/consul:1     a Consul agent from .cache/consul, if there is one
#   skiff-test/postgres:1   this machine's PostgreSQL, if there is one
#
#   product-image.sh            Writes CLUSTER_HOME/product/images.tar
#
# Uses the running Docker engine, or starts Debian's docker.io as root for the duration.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
home=${CLUSTER_HOME:-$checkout/.cache/cluster}
product=skiff-test/product:1
consul=skiff-test/consul:1
postgres=skiff-test/postgres:1
releases=$checkout/template/proofs/deploy/cluster/migrations
# Debian's client builds with BuildKit without a plug-in.
export DOCKER_BUILDKIT=1 DOCKER=/usr/bin/docker
[ -x "$DOCKER" ] || DOCKER=docker
mkdir -p "$home/product"

if ! "$DOCKER" info >/dev/null 2>&1; then
  engine=$(mktemp -d)
  export DOCKER_HOST=unix://$engine/socket
  trap 'kill "$(cat "$engine/pid")"; while [ -e "$engine/pid" ]; do sleep 0.2; done; rm -rf "$engine"' EXIT
  "$checkout/template/proofs/container/start-engine.sh" "$engine"
fi

started=$SECONDS
"$checkout/template/proofs/container/substitute-images.sh" >/dev/null
echo "base images: $((SECONDS - started)) s"
"$DOCKER" build --quiet --network=host --build-arg BUILD_IMAGE=skiff-test/build \
  --build-arg RUNTIME_IMAGE=skiff-test/runtime-amd64 --build-arg VERSION="$(node -p 'require(process.argv[1]).version' "$checkout/package.json")" \
  --build-arg REVISION="$(git -C "$checkout" rev-parse HEAD)" --tag "$product" "$checkout" >/dev/null
images=("$product")

for agent in "$checkout"/.cache/consul/{current,debian/usr/bin}/consul; do
  if [ -x "$agent" ]; then
    # Debian's agent is linked against the C library, which the runtime base contains.
    printf 'FROM skiff-test/runtime-amd64\nCOPY --chmod=755 consul /usr/bin/consul\nENTRYPOINT ["/usr/bin/consul"]\n' |
      "$DOCKER" build --quiet --tag "$consul" --file - "$(dirname "$agent")" >/dev/null
    images+=("$consul")
    break
  fi
done

if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  "$here/postgres-image.sh" "$postgres"
  images+=("$postgres")
  for release in "$releases"/*; do
    name=$product-${release##*/}
    printf 'FROM %s\nCOPY *.sql /app/migrations/\n' "$product" |
      "$DOCKER" build --quiet --tag "$name" --file - "$release" >/dev/null
    images+=("$name")
  done
fi

"$DOCKER" save --output "$home/product/images.tar" "${images[@]}"
echo "${images[*]}: $((SECONDS - started)) s, $(($(stat -c %s "$home/product/images.tar") / 1000000)) MB"
[ ! -e /run/skiff-cluster ] || "$here/cluster.sh" load "$home/product/images.tar"
