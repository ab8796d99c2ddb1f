import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Time limit of a single command. Commands that wait for the cluster pass their own, shorter limit as an argument. */
const COMMAND_LIMIT_MS = 10 * 60_000;

export interface ClusterNames {
  /** Namespace that the commands run in. */
  readonly namespace: string;
  /** Name of the Helm release, and of its objects. */
  readonly release: string;
  /** Image under test. Tool pods run it too. */
  readonly image: string;
}

/** The cluster that KUBECONFIG selects, accessed from one namespace. */
export interface Cluster extends ClusterNames {
  /** Selects the pods of the release. Other releases in the namespace have another instance label. */
  readonly selector: string;
  /** Runs kubectl and returns its standard output. Rejects with its standard error if it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Runs Helm and returns its standard output. Rejects with its standard error if it fails. */
  helm(args: readonly string[]): Promise<string>;
  /** Returns the items that `kubectl get` finds. */
  list(args: readonly string[]): Promise<KubernetesObject[]>;
  /** Returns the first line of kubectl's output that matches. Rejects if there is none within the limit. */
  lineOf(args: readonly string[], matches: (line: string) => boolean, limitMs: number): Promise<string>;
  /** Calls `onLine` with each line of kubectl's output until the returned function is called. */
  follow(args: readonly string[], onLine: (line: string) => void): () => void;
  /** Returns the same cluster with other names. */
  as(names: Partial<ClusterNames>): Cluster;
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly unschedulable?: boolean;
    readonly replicas?: number;
    readonly taints?: readonly { readonly effect: string }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly nodeInfo?: { readonly architecture: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[];
  };
}

export function createCluster(names: ClusterNames): Cluster {
  const { namespace, release } = names;
  const within = (args: readonly string[]): string[] => ['--namespace', namespace, ...args];
  const kubectl: Cluster['kubectl'] = (args, input) => run('kubectl', within(args), input);

  return {
    ...names,
    selector: `app.kubernetes.io/name=skiff,app.kubernetes.io/instance=${release}`,
    kubectl,
    helm: (args) => run('helm', within(args)),
    list: async (args) => JSON.parse(await kubectl(['get', ...args, '--output', 'json'])).items,
    as: (others) => createCluster({ ...names, ...others }),
    follow(args, onLine) {
      const child = spawn('kubectl', within(args), { stdio: ['ignore', 'pipe', 'inherit'] });
      createInterface(child.stdout).on('line', onLine);
      return () => void child.kill();
    },
    async lineOf(args, matches, limitMs) {
      const signal = AbortSignal.timeout(limitMs);
      const child = spawn('kubectl', within(args), { stdio: ['ignore', 'pipe', 'inherit'], signal });
      child.on('error', () => {}); // An abort or a failed start ends the output, which is reported below.
      let last = 'nothing';
      try {
        for await (const line of createInterface(child.stdout)) {
          last = line;
          if (matches(line)) return line;
        }
      } finally {
        child.kill();
      }
      throw new Error(
        `kubectl ${args.join(' ')}: no matching line within ${limitMs / 1000} s, the last one was: ${last}`,
      );
    },
  };
}

/**
 * Returns the arguments with which kubectl prints a line for an object, and for each change of it. They have a field selector
 * because `kubectl get KIND NAME --watch` gets the object, starts to watch it and drops the first event, so that a change
 * between the two is lost.
 */
export function watchOf(kind: string, name: string, path: string): readonly string[] {
  return ['get', kind, '--field-selector', `metadata.name=${name}`, '--watch', '--output', `jsonpath=${path}{"\\n"}`];
}

function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: COMMAND_LIMIT_MS };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    child.stdin?.on('error', () => {}); // The program exited without reading its input; its exit code is reported.
    child.stdin?.end(input);
  });
}
