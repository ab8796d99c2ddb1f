import type { ApiServer } from './api-server.ts';

const TRACKERS = '/apis/batch.example.com/v1/namespaces';
const JOBS = '/apis/batch/v1/namespaces';

/** Number of objects that are created or changed at the same time. */
const CONCURRENCY = 16;

export interface JobTracker {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly size: number };
  readonly status?: {
    readonly active: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly nodes?: readonly string[];
    readonly observedGeneration: number;
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export interface JobOptions {
  /** Value of the label that a tracker of the same name selects. */
  readonly tracker: string;
  /** The outcome. Default: still active. */
  readonly outcome?: 'succeeded' | 'failed';
  /** Also creates a pod of the Job on this node. Default: none. */
  readonly node?: string;
}

/** Creates and reads JobTrackers, and Jobs in the states that the Job controller and the nodes would bring them to. */
export interface JobTrackers {
  path(name?: string): string;
  createTracker(name: string, size: number): Promise<JobTracker>;
  createJob(name: string, options: JobOptions): Promise<void>;
  /** Ends a Job that {@link createJob} left active. */
  finishJob(name: string, outcome: 'succeeded' | 'failed'): Promise<void>;
  tracker(name: string): Promise<JobTracker>;
  list(): Promise<readonly JobTracker[]>;
  /** Waits until each tracker of the namespace matches. */
  until(matches: (tracker: JobTracker) => boolean, what: string, limitMs?: number): Promise<readonly JobTracker[]>;
}

/** Calls `act` with 0 … count - 1, a few at a time. */
export async function times(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await act(next - 1);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Returns whether the status is that of the current spec, with these counts. */
export function hasCounts(
  { metadata, status }: JobTracker,
  { active = 0, succeeded = 0, failed = 0 }: { active?: number; succeeded?: number; failed?: number },
): boolean {
  if (status === undefined || status.observedGeneration !== metadata.generation) return false;
  return status.active === active && status.succeeded === succeeded && status.failed === failed;
}

export function conditionOf({ status }: JobTracker, type: string) {
  return status?.conditions.find((condition) => condition.type === type);
}

export function jobTrackersIn(server: ApiServer, namespace: string): JobTrackers {
  const path = (name?: string) => `${TRACKERS}/${namespace}/jobtrackers${name === undefined ? '' : `/${name}`}`;
  const jobs = `${JOBS}/${namespace}/jobs`;

  const patchStatus = (name: string, status: object) => server.api('PATCH', `${jobs}/${name}/status`, { status });

  const finishJob: JobTrackers['finishJob'] = async (name, outcome) => {
    const now = rfc3339Now();
    const types = outcome === 'succeeded' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
    const times_ = { lastTransitionTime: now, lastProbeTime: now };
    const conditions = types.map((type) => ({ type, status: 'True', reason: 'Test', message: outcome, ...times_ }));
    const completed = outcome === 'succeeded' ? { completionTime: now } : {};
    await patchStatus(name, { startTime: now, active: 0, [outcome]: 1, conditions, ...completed });
  };

  const createJob: JobTrackers['createJob'] = async (name, { tracker, outcome, node }) => {
    const { metadata } = await server.api('POST', jobs, jobObject(name, tracker));
    if (node !== undefined) {
      await server.api('POST', `/api/v1/namespaces/${namespace}/pods`, podObject(name, metadata.uid, node));
    }
    if (outcome !== undefined) await finishJob(name, outcome);
  };

  const list: JobTrackers['list'] = async () => (await server.api('GET', path())).items;

  return {
    path,
    createTracker: (name, size) => server.api('POST', path(), trackerObject(name, size)),
    createJob,
    finishJob,
    tracker: (name) => server.api('GET', path(name)),
    list,
    async until(matches, what, limitMs = 60_000) {
      const limit = performance.now() + limitMs;
      for (;;) {
        const trackers = await list();
        const others = trackers.filter((tracker) => !matches(tracker));
        if (others.length === 0) return trackers;
        if (performance.now() > limit) {
          const example = JSON.stringify(others[0]);
          throw new Error(`${what}: not true of ${others.length} trackers after ${limitMs} ms, such as ${example}`);
        }
        await new Promise((resolve) => setTimeout(resolve, Math.max(50, trackers.length / 2)));
      }
    },
  };
}

function trackerObject(name: string, size: number): object {
  return {
    apiVersion: 'batch.example.com/v1',
    kind: 'JobTracker',
    metadata: { name },
    spec: { selector: { matchLabels: { tracker: name } }, size },
  };
}

function jobObject(name: string, tracker: string): object {
  const template = { metadata: { labels: { tracker } }, spec: { restartPolicy: 'Never', containers: [container()] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels: { tracker } }, spec: { template } };
}

function podObject(job: string, uid: string, nodeName: string): object {
  const labels = { 'batch.kubernetes.io/job-name': job, 'batch.kubernetes.io/controller-uid': uid };
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${job}-pod`, labels, ownerReferences: [owner] },
    spec: { nodeName, restartPolicy: 'Never', containers: [container()] },
  };
}

/** A container with as many fields as most have. */
function container(): object {
  const env = Array.from({ length: 10 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value of setting ${index}`,
  }));
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } };
  return { name: 'job', image: 'registry.example.com/team/job:1.2.3', args: ['--verbose', '--once'], env, resources };
}

/** Kubernetes stores most times without fractions of a second. */
function rfc3339Now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}
