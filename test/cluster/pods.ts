import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';

const NODE = '/nodejs/bin/node';
const PROGRAM = 'load-program.mts';

export interface LoadOptions {
  readonly name?: string;
  readonly urls: readonly string[];
  readonly concurrency: number;
  /** Between an answer and the next request of each worker. */
  readonly pauseMs: number;
}

export interface LoadCounts {
  readonly requests: number;
  readonly failed: number;
  readonly slowestMs: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Load from within the cluster, through the Service; it flows once this resolves. */
export async function startLoad(cluster: Cluster, options: LoadOptions): Promise<() => Promise<LoadCounts>> {
  const name = options.name ?? 'load';
  await cluster.kubectl(
    ['apply', '--filename', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: loadObjects(cluster, name, options) }),
  );
  await cluster.kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
  await cluster.lineOf(['logs', name, '--follow'], (line) => line.includes('"requests"'), 30_000);

  return async () => {
    await cluster.kubectl(['exec', name, '--', NODE, '-e', 'process.kill(1, "SIGTERM")']);
    await cluster.kubectl(['wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
    const counts = await cluster.kubectl(['logs', name, '--tail=1']);
    await cluster.kubectl(['delete', 'pod', name, '--wait']);
    return JSON.parse(counts);
  };
}

export function loadObjects(cluster: Pick<Cluster, 'image'>, name: string, options: LoadOptions): object[] {
  const { urls, concurrency, pauseMs } = options;
  const source = readFileSync(join(import.meta.dirname, 'load-program.ts'), 'utf8');
  const command = [NODE, `/load/${PROGRAM}`, '--concurrency', `${concurrency}`, '--pause', `${pauseMs}`, ...urls];
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { [PROGRAM]: source } },
    toolPod({ name, image: cluster.image, command, program: name }),
  ];
}

/** What a line of JavaScript prints that is run in a pod of its own. */
export async function runScript(cluster: Cluster, name: string, script: string): Promise<string> {
  const pod = toolPod({ name, image: cluster.image, command: [NODE, '--input-type=module', '-e', script] });
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(pod));
  await cluster.kubectl(['wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s']);
  const printed = await cluster.kubectl(['logs', name]);
  await cluster.kubectl(['delete', 'pod', name, '--wait']);
  return printed.trim();
}

export interface ToolPod {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** The ConfigMap that is mounted at /load. */
  readonly program?: string;
}

/** A pod within the restricted Pod Security Standard that runs a command once. */
export function toolPod({ name, image, command, program }: ToolPod): object {
  const resources = { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '16Mi' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'tool',
          image,
          command,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { ...resources, cpu: '50m' }, limits: resources },
          ...(program === undefined ? {} : { volumeMounts: [{ name: 'program', mountPath: '/load', readOnly: true }] }),
        },
      ],
      ...(program === undefined ? {} : { volumes: [{ name: 'program', configMap: { name: program } }] }),
    },
  };
}
