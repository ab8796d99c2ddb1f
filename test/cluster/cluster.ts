import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Of one command; those that wait for the cluster are given their own limit in their arguments. */
const COMMAND_LIMIT_MS = 10 * 60_000;

/** Where the tests run: a namespace of their own in the cluster that KUBECONFIG names. */
export interface Cluster {
  readonly namespace: string;
  /** The name of the release, and of its objects. */
  readonly release: string;
  /** The image that is tested, and that the pods which test it run. */
  readonly image: string;
  /** Standard output of kubectl in the namespace. Rejects with its standard error. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  helm(args: readonly string[]): Promise<string>;
  /** The items that `kubectl get` finds. */
  list(args: readonly string[]): Promise<KubernetesObject[]>;
  /** The lines that kubectl prints, up to the first that is wanted, within the limit. */
  lineOf(args: readonly string[], isWanted: (line: string) => boolean, limitMs: number): Promise<string>;
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly unschedulable?: boolean; readonly replicas?: number };
  readonly status?: { readonly podIP?: string; readonly phase?: string };
}

export function createCluster(options: Pick<Cluster, 'namespace' | 'release' | 'image'>): Cluster {
  const { namespace } = options;
  const within = (args: readonly string[]): string[] => ['--namespace', namespace, ...args];
  const kubectl: Cluster['kubectl'] = (args, input) => run('kubectl', within(args), input);

  return {
    ...options,
    kubectl,
    helm: (args) => run('helm', within(args)),
    list: async (args) => JSON.parse(await kubectl(['get', ...args, '--output', 'json'])).items,
    async lineOf(args, isWanted, limitMs) {
      const signal = AbortSignal.timeout(limitMs);
      const child = spawn('kubectl', within(args), { stdio: ['ignore', 'pipe', 'inherit'], signal });
      child.on('error', () => {}); // The abort and a failed start both end the lines, which is told below.
      let last = 'nothing';
      try {
        for await (const line of createInterface(child.stdout)) {
          last = line;
          if (isWanted(line)) return line;
        }
      } finally {
        child.kill();
      }
      throw new Error(`kubectl ${args.join(' ')}: within ${limitMs / 1000} s the last was ${last}`);
    },
  };
}

function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: COMMAND_LIMIT_MS };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    child.stdin?.on('error', () => {}); // It ended without reading; its exit code says why.
    child.stdin?.end(input);
  });
}
