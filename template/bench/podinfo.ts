import type { GoProgram } from './go-program.ts';

/** podinfo in the version that `podinfo/go.mod` pins. */
export const PODINFO: GoProgram = {
  sources: 'podinfo',
  package: 'github.com/stefanprodan/podinfo/cmd/podinfo',
  name: 'podinfo',
};

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
