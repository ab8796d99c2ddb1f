/**
 * Compares the JobTracker controller with the same controller in Go (`controller-go`), one after the other, each against an
 * API server of its own: `node template/bench/controller.ts [trackers] [jobs]`. Requires Go, helm, the programs of the test
 * cluster (`template/cluster/cluster.sh build`) and a production build (`npm run build`).
 */
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../support/kubernetes/api-server.ts';
import type { AuditEvent } from '../support/kubernetes/audit-log.ts';
import { startChild } from '../support/kubernetes/child.ts';
import { installCrd, installPermissions } from '../support/kubernetes/installation.ts';
import { conditionOf, hasCounts, type JobTracker, jobTrackersIn, times } from '../support/kubernetes/job-trackers.ts';
import { buildGoProgram, type GoProgram, pathOf } from './go-program.ts';
import { peakMiBOf, residentMiBOf } from './proc.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVICE = join(ROOT, 'dist/cmd/controller/main.js');
const IN_GO: GoProgram = { sources: 'controller-go', name: 'controller-go' };

const [trackers = 1_000, jobs = 5_000] = process.argv.slice(2).map(Number);
const perTracker = jobs / trackers;
const IDLE_MS = 30_000;
const LIMIT_MS = 10 * 60_000;
const NAMESPACE = 'bench';

interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

if (!existsSync(SERVICE)) throw new Error(`${SERVICE} is missing: run npm run build`);
buildGoProgram(IN_GO);

const programs: readonly Program[] = [
  {
    name: 'Skiff',
    command: [process.execPath, SERVICE],
    env: {
      SKIFF_ENVIRONMENT: 'test',
      // As in the image, whose percentage is of the chart's memory limit, 256 MiB.
      NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=4',
      SKIFF_CONFIG_DIR: join(ROOT, 'config'),
      SKIFF_CONTROLLER_NAMESPACE: NAMESPACE,
      SKIFF_KUBERNETES_NAMESPACE: NAMESPACE,
    },
  },
  { name: 'controller-runtime', command: [pathOf(IN_GO), '--namespace', NAMESPACE], env: {} },
];
console.log(`${trackers} JobTrackers, ${jobs} Jobs, ${jobs} Pods; load average ${loadavg()[0]?.toFixed(1)}`);
for (const program of programs) console.log(await measure(program));

async function measure(program: Program): Promise<Record<string, string | number>> {
  const server = await startApiServer();
  try {
    await installCrd(server);
    const installation = await installPermissions(server, NAMESPACE);
    await allowEverything(server, installation.serviceAccount);
    const own = jobTrackersIn(server, NAMESPACE);
    await times(trackers, (index) => own.createTracker(`t${index}`, perTracker));
    await times(jobs, (index) =>
      own.createJob(`j${index}`, { tracker: `t${index % trackers}`, node: `node-${index % 10}` }),
    );

    const [command = '', ...args] = program.command;
    const env = { PATH: process.env.PATH, KUBECONFIG: await installation.kubeconfig('controller'), ...program.env };
    const startedAt = Date.now();
    const child = startChild(command, args, env);
    try {
      await own.until((tracker) => hasCounts(tracker, { active: perTracker }), 'counted', LIMIT_MS);
      const converged = { ms: lastStatusWrite(server) - startedAt, cpu: child.cpuSeconds() };

      server.audit.clear();
      const finishedAt = Date.now();
      await times(jobs, (index) => own.finishJob(`j${index}`, 'succeeded'));
      await own.until(
        (tracker) => hasCounts(tracker, { succeeded: perTracker }) && isReady(tracker),
        'ready',
        LIMIT_MS,
      );
      const finished = { ms: lastStatusWrite(server) - finishedAt, cpu: child.cpuSeconds() - converged.cpu };
      const writes = server.audit.writes().filter(({ objectRef }) => objectRef?.resource === 'jobtrackers').length;

      const beforeIdle = child.cpuSeconds();
      await delay(IDLE_MS);
      return {
        program: program.name,
        'first convergence, s': round(converged.ms / 1000),
        'CPU of it, s': round(converged.cpu),
        'every Job finishes, s': round(finished.ms / 1000),
        'CPU of this, s': round(finished.cpu),
        'status writes of this': writes,
        [`CPU while idle, s in ${IDLE_MS / 1000} s`]: round(child.cpuSeconds() - beforeIdle),
        'RSS, MiB': Math.round(residentMiBOf(child.pid)),
        'RSS at most, MiB': Math.round(peakMiBOf(child.pid)),
        'load average': round(loadavg()[0] ?? Number.NaN),
      };
    } finally {
      await child.kill();
    }
  } finally {
    await server.stop();
  }
}

/** The programs make different calls. */
async function allowEverything(server: ApiServer, serviceAccount: string): Promise<void> {
  const subject = { kind: 'ServiceAccount', name: serviceAccount, namespace: NAMESPACE };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = { metadata: { name: 'bench' }, roleRef, subjects: [subject] };
  await server.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding);
}

function isReady(tracker: JobTracker): boolean {
  return conditionOf(tracker, 'Ready')?.status === 'True';
}

function isStatusWrite({ objectRef, responseStatus }: AuditEvent): boolean {
  return (
    objectRef?.resource === 'jobtrackers' && objectRef.subresource === 'status' && (responseStatus?.code ?? 500) < 300
  );
}

function lastStatusWrite(server: ApiServer): number {
  const last = server.audit.writes().findLast(isStatusWrite);
  if (last === undefined) throw new Error('no status was written');
  return Date.parse(last.stageTimestamp);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
