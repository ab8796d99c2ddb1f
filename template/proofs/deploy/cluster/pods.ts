import { type Cluster, watchOf } from './cluster.ts';

export const NODE = '/nodejs/bin/node';

export interface ToolPod {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Name of a ConfigMap to mount at /load. */
  readonly program?: string;
  /** Name of the node that the pod has to run on. */
  readonly node?: string | undefined;
}

/** Returns a pod that runs a command once and conforms to the restricted Pod Security Standard. */
export function toolPod({ name, image, command, labels, env = {}, program, node }: ToolPod): object {
  const resources = { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '16Mi' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/name': name, ...labels } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(node === undefined ? {} : { nodeName: node }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
        // A safe sysctl that allows tools to listen on port 443 without privileges.
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          name: 'tool',
          image,
          command,
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
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

export async function apply(cluster: Cluster, ...items: readonly object[]): Promise<void> {
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** Runs JavaScript in a new pod and returns its output. */
export async function runScript(
  cluster: Cluster,
  name: string,
  script: string,
  options: Pick<ToolPod, 'env' | 'program'> = {},
): Promise<string> {
  const command = [NODE, '--input-type=module', '-e', script];
  await apply(cluster, toolPod({ name, image: cluster.image, command, ...options }));
  return completedPod(cluster, name);
}

/**
 * Waits until a pod has completed, deletes it and returns its log. Rejects with the log as soon as the pod has failed, or if
 * it has not ended within the limit.
 */
export async function completedPod(cluster: Cluster, name: string, limitMs = 120_000): Promise<string> {
  try {
    const phase = await endPhase(cluster, name, limitMs);
    const log = (await cluster.kubectl(['logs', name])).trim();
    if (phase === 'Failed') throw new Error(`pod ${name} failed: ${log || 'no output'}`);
    return log;
  } finally {
    await cluster.kubectl(['delete', 'pod', name, '--wait', '--ignore-not-found']);
  }
}

async function endPhase(cluster: Cluster, name: string, limitMs: number): Promise<string> {
  const watch = watchOf('pod', name, '{.status.phase}');
  try {
    return await cluster.lineOf(watch, (phase) => phase === 'Succeeded' || phase === 'Failed', limitMs);
  } catch (error) {
    // A pod that has not started has no log. The reason to report is that it has not ended.
    const log = await cluster.kubectl(['logs', name]).catch(String);
    throw new Error(`pod ${name} has not ended: ${String(error)}: ${log.trim() || 'no output'}`, { cause: error });
  }
}

/** Runs JavaScript in a container of the service and returns its output. */
export async function execScript(cluster: Cluster, target: string, script: string): Promise<string> {
  return (await cluster.kubectl(['exec', target, '--', NODE, '--input-type=module', '-e', script])).trim();
}
