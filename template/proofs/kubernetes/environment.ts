import { afterAll, onTestFinished } from 'vitest';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../support/kubernetes/api-server.ts';
import { type AuditEvent, isWrite } from '../../support/kubernetes/audit-log.ts';
import { type ControllerProcess, startController } from '../../support/kubernetes/controller-process.ts';
import { type Installation, installCrd, installPermissions } from '../../support/kubernetes/installation.ts';
import { type JobTrackers, jobTrackersIn } from '../../support/kubernetes/job-trackers.ts';

/** A namespace with the permissions of the rendered chart, and its JobTrackers. */
export interface Workspace extends Installation, JobTrackers {
  readonly server: ApiServer;
  /** Starts a controller with a token that is bound to a pod of this name. It is killed when the test finishes. */
  start(pod: string, options?: StartOptions): Promise<ControllerProcess>;
  /** Writes in the namespace. The last ones of processes of other tests may arrive late. */
  writes(): readonly AuditEvent[];
  /** Successful changes of JobTrackers, in the order in which the API server received them. */
  trackerWrites(): readonly AuditEvent[];
}

export interface StartOptions {
  /** URL of a proxy. Default: the API server. */
  readonly url?: string;
  /** Path of a kubeconfig. Default: one with a token of the service account. */
  readonly kubeconfig?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts an API server with the CRD for the tests of a file. */
export async function startServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer(options);
  afterAll(server.stop);
  await installCrd(server);
  return server;
}

let namespaces = 0;

export async function createWorkspace(server: ApiServer): Promise<Workspace> {
  namespaces += 1;
  const namespace = `test-${namespaces}`;
  const installation = await installPermissions(server, namespace);
  server.audit.clear();
  const writes = () => server.audit.writes().filter(({ objectRef }) => objectRef?.namespace === namespace);
  return {
    server,
    ...installation,
    ...jobTrackersIn(server, namespace),
    async start(pod, { url, kubeconfig, env = {} } = {}) {
      const controller = startController({
        namespace,
        kubeconfig: kubeconfig ?? (await installation.kubeconfig(pod, url)),
        env,
      });
      onTestFinished(async () => {
        controller.kill('SIGKILL');
        await controller.exit;
      });
      return controller;
    },
    writes,
    trackerWrites: () => writes().filter((event) => isTrackerWrite(event) && succeeded(event)),
  };
}

export function isTrackerWrite(event: AuditEvent): boolean {
  return event.objectRef?.resource === 'jobtrackers' && isWrite(event);
}

export function succeeded({ responseStatus }: AuditEvent): boolean {
  return responseStatus !== undefined && responseStatus.code < 300;
}
