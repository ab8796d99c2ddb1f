#!/usr/bin/env bash
# start-engine.sh DIR: starts a separate container engine (requires root and Debian's docker.io) and waits until it is ready.
# Its socket is DIR/socket, its process id is in DIR/pid. All its data is in DIR.
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
