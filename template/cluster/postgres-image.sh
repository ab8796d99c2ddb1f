#!/usr/bin/env bash
# postgres-image.sh NAME: builds an image of this machine's PostgreSQL (template/ci/install-postgres.sh) on the substitute
# runtime image, with a shell. The server runs as any user that /etc/passwd names, such as nonroot; its data goes to PGDATA.
# Environment variables: DOCKER is the client, DOCKER_HOST the engine.
set -euo pipefail
docker=${DOCKER:-docker}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
installed=$(dirname "$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1)")")

mkdir -p "$root$installed/lib" "$root/usr/share/postgresql" "$root/bin"
cp -R "$installed/bin" "$root$installed/"
# Without its JIT provider, which needs LLVM, PostgreSQL interprets every query.
find "$installed/lib" -maxdepth 1 -name '*.so' ! -name 'llvmjit.so' -exec cp {} "$root$installed/lib/" \;
cp -R "/usr/share/postgresql/${installed##*/}" "$root/usr/share/postgresql/"
cp --dereference /bin/sh "$root/bin/sh"
for file in "$root$installed"/bin/* "$root$installed"/lib/*.so /bin/sh; do
  for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true); do
    [ -e "$root$library" ] && continue
    mkdir -p "$root$(dirname "$library")"
    cp --dereference "$library" "$root$library"
  done
done

tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$work/root.tar" .
printf 'FROM skiff-test/runtime-amd64\nADD root.tar /\nENV PATH=%s/bin:/bin\nENTRYPOINT []\n' "$installed" >"$work/Dockerfile"
rm -rf "$root"
"$docker" build --quiet --tag "$1" "$work" >/dev/null
