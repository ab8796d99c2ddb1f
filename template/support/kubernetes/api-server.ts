import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../../test/support/free-ports.ts';
import { createTestAuthority } from '../../../test/support/test-authority.ts';
import { type Administrator, createAdministrator } from './administrator.ts';
import { AUDIT_POLICY, type AuditLog, openAuditLog } from './audit-log.ts';
import { type Child, startChild } from './child.ts';
import { createKubeconfig, type KubeconfigOptions } from './kubeconfig.ts';

/** Built by `template/cluster/cluster.sh build`: one program that contains etcd and the components of Kubernetes. */
const KUBE = join(import.meta.dirname, '../../../.cache/cluster/bin/kube');

/** Time limit for etcd and the API server to become ready, in milliseconds. */
const LIMIT_MS = 60_000;

const ADMIN_TOKEN = 'admin-token';

export interface ApiServerOptions {
  /** Also starts the controller manager, which completes Jobs, collects garbage and creates service accounts. Default: false. */
  readonly controllerManager?: boolean;
  /** Additional arguments of the API server. Default: none. */
  readonly args?: readonly string[];
}

/** A real API server and etcd, children of this process. There are no nodes: pods stay pending. */
export interface ApiServer extends Administrator {
  /** `https://127.0.0.1:<port>`; the same after a restart. */
  readonly url: string;
  /** Certificate of the server's authority, PEM. */
  readonly ca: string;
  /** Requests of everybody except the administrator and the server itself. */
  readonly audit: AuditLog;
  /** Path of a kubeconfig with full access. */
  readonly adminKubeconfig: string;
  /** Writes a kubeconfig to a new file and returns its path. */
  kubeconfig(options: Omit<KubeconfigOptions, 'ca'>): string;
  /** Kills the API server, but not etcd, with SIGKILL. */
  kill(): Promise<void>;
  /** Starts the API server again after {@link kill}, and waits until it is ready. */
  restart(): Promise<void>;
  /** Sends SIGSTOP to the API server: the kernel still accepts connections, but no request gets a response. */
  pause(): void;
  resume(): void;
  /** CPU time that the API server and etcd have used, in seconds. */
  cpuSeconds(): number;
  /** Kills everything and removes the files. */
  stop(): Promise<void>;
}

/** Starts the components on free ports. Resolves when the API server is ready, after about five seconds. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(options);
    } catch (error) {
      // Another process may have taken one of the ports in the meantime.
      if (attempt === 3) throw error;
    }
  }
}

async function launch({ controllerManager = false, args = [] }: ApiServerOptions): Promise<ApiServer> {
  const [port = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3);
  const directory = mkdtempSync(join(tmpdir(), 'api-server-'));
  const path = (name: string): string => join(directory, name);
  const authority = await createTestAuthority('CN=Kubernetes');
  const serving = await authority.issue('CN=kube-apiserver', { dnsNames: ['kubernetes.default.svc'] });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = {
    'ca.crt': authority.cert,
    'server.crt': serving.cert,
    'server.key': serving.key,
    'service-accounts.key': privateKey.export({ type: 'sec1', format: 'pem' }),
    'tokens.csv': `${ADMIN_TOKEN},admin,1,"system:masters"\n`,
    'audit-policy.json': JSON.stringify(AUDIT_POLICY),
    'audit.log': '',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content);
  mkdirSync(path('kubeconfigs'));

  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${etcdPeerPort}`;
  const ca = authority.cert;
  const administrator = createAdministrator({ url, ca, token: ADMIN_TOKEN });
  let kubeconfigs = 0;
  const kubeconfig: ApiServer['kubeconfig'] = (own) => {
    kubeconfigs += 1;
    const file = path(`kubeconfigs/${kubeconfigs}.json`);
    writeFileSync(file, createKubeconfig({ server: url, ca, ...own }));
    return file;
  };
  const adminKubeconfig = kubeconfig({ token: ADMIN_TOKEN });

  const children: Child[] = [];
  const run = (component: string, ...argv: string[]): Child => {
    const child = startChild(KUBE, [component, ...argv]);
    children.push(child);
    return child;
  };
  const startServer = (): Child =>
    run(
      'kube-apiserver',
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      `--tls-cert-file=${path('server.crt')}`,
      `--tls-private-key-file=${path('server.key')}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${path('tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${path('service-accounts.key')}`,
      `--service-account-signing-key-file=${path('service-accounts.key')}`,
      // Without a controller manager no namespace has the service account that this plug-in requires of each pod.
      ...(controllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
      `--audit-policy-file=${path('audit-policy.json')}`,
      `--audit-log-path=${path('audit.log')}`,
      '--audit-log-maxsize=4096',
      ...args,
    );
  let server: Child | undefined;

  async function untilReady(child: Child, isReady: () => Promise<boolean>): Promise<void> {
    const limit = performance.now() + LIMIT_MS;
    while (!(await isReady().catch(() => false))) {
      if (child.hasExited) throw new Error(`${child.name} exited: ${child.output}`);
      if (performance.now() > limit) throw new Error(`${child.name} was not ready in ${LIMIT_MS} ms: ${child.output}`);
      await delay(50);
    }
  }
  async function restart(): Promise<void> {
    server = startServer();
    await untilReady(server, async () => (await administrator.request('GET', '/readyz')).status === 200);
  }
  async function stop(): Promise<void> {
    await Promise.all(children.map((child) => child.kill()));
    await administrator.close();
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    const etcdArgs = ['--data-dir', path('etcd'), '--unsafe-no-fsync', '--log-level', 'warn'];
    const clientArgs = ['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl];
    const peerArgs = ['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl];
    const etcd = run('etcd', ...etcdArgs, ...clientArgs, ...peerArgs, '--initial-cluster', `default=${peerUrl}`);
    await untilReady(etcd, async () => (await fetch(`${etcdUrl}/readyz`)).ok);
    await restart();
    if (controllerManager) {
      run(
        'kube-controller-manager',
        `--kubeconfig=${adminKubeconfig}`,
        '--leader-elect=false',
        '--secure-port=0',
        '--controllers=*,-nodeipam,-cloud-node-lifecycle',
        `--service-account-private-key-file=${path('service-accounts.key')}`,
        `--root-ca-file=${path('ca.crt')}`,
      );
    }
    return {
      ...administrator,
      url,
      ca,
      audit: openAuditLog(path('audit.log')),
      adminKubeconfig,
      kubeconfig,
      kill: async () => server?.kill(),
      restart,
      pause: () => server?.signal('SIGSTOP'),
      resume: () => server?.signal('SIGCONT'),
      cpuSeconds: () => [etcd, server].reduce((sum, child) => sum + (child?.cpuSeconds() ?? 0), 0),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
