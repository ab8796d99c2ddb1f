#!/usr/bin/env bash
# Starts a container engine of its own in the folder DIR (as root; Debian's docker.io), and waits until it answers:
# DIR/socket is where, DIR/pid its process. Storage, socket and containers are in DIR and nowhere else.
set -euo pipefail
dir=$1
docker=${DOCKER:-docker}
setsid dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" --host "unix://$dir/socket" \
  >"$dir/log" 2>&1 </dev/null &
engine=$!
for _ in $(seq 120); do
  if DOCKER_HOST=unix://$dir/socket "$docker" info >/dev/null 2>&1; then exit 0; fi
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.5
done
tail -n 20 "$dir/log" >&2
exit 1
