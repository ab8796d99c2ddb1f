import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface WrapperOptions {
  bases: { build: string; amd64: string };
  /** Publishes to free ports of this machine, and runs containers in the background. Default: false. */
  detached?: boolean;
}

/** Writes a program `docker` into the folder, which builds on the available base images and runs $DOCKER for the rest. */
export function writeDockerWrapper(folder: string, { bases, detached = false }: WrapperOptions): void {
  const run = `
case $1 in run) shift; set -- run --detach "$@" ;; esac
for argument; do
  shift
  if [[ $argument =~ ^[0-9]+:([0-9]+)$ ]]; then argument=127.0.0.1::\${BASH_REMATCH[1]}; fi
  set -- "$@" "$argument"
done`;
  const script = `#!/usr/bin/env bash
case $1 in
  build) shift; set -- build --quiet --network=host --build-arg BUILD_IMAGE=${bases.build} --build-arg RUNTIME_IMAGE=${bases.amd64} "$@" ;;
esac${detached ? run : ''}
exec "$DOCKER" "$@"
`;
  writeFileSync(join(folder, 'docker'), script, { mode: 0o755 });
}
