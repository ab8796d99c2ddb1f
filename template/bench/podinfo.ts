import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const GO = 'go';
const SOURCES = join(import.meta.dirname, 'podinfo');
export const PODINFO = join(import.meta.dirname, '../../.cache/bench/podinfo');

/** Returns the version of Go, such as `go version go1.26.8 linux/amd64`, or undefined if it is not installed. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync(GO, ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds podinfo in the version that `podinfo/go.mod` pins, unless that has been done. */
export function buildPodinfo(): void {
  mkdirSync(dirname(PODINFO), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-p=1 -buildvcs=false -mod=readonly' };
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', PODINFO, 'github.com/stefanprodan/podinfo/cmd/podinfo'];
  execFileSync('nice', ['-n', '19', GO, ...args], { cwd: SOURCES, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Returns podinfo's command line. It exports spans only if it has a service name. */
export function podinfoArguments(port: number): readonly string[] {
  return ['--host=127.0.0.1', `--port=${port}`, '--otel-service-name=podinfo', '--level=info'];
}

/** Returns podinfo's environment variables, for one core and an OTLP receiver at this address, which must speak gRPC. */
export function podinfoEnvironment(receiver: string, sampleRatio = 0): Readonly<Record<string, string>> {
  return {
    GOMAXPROCS: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: `${sampleRatio}`,
  };
}
