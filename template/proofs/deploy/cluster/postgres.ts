import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import type { Cluster } from './cluster.ts';
import { apply } from './pods.ts';

const NAME = 'postgres';
const PORT = 5432;
const PASSWORD = 'hush-3f9c';

/** A PostgreSQL server in the cluster, with TLS. */
export interface Postgres {
  /** URL of the database for the user of the service, which cannot change the schema. */
  readonly url: string;
  /** The same for the owner of the database. */
  readonly ownerUrl: string;
  /** PEM of the authority that issued the server's certificate. */
  readonly ca: string;
  readonly host: string;
  readonly namespace: string;
  /** Labels of its pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** Runs SQL as the superuser and returns the output of psql, unaligned and without headers. */
  sql(statement: string): Promise<string>;
}

/** Creates the roles `owner` and `service` with a database, and starts the server. */
const START = `
  set -e
  initdb --pgdata=/data/db --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-locale --encoding=UTF8 --no-sync
  echo 'hostssl all all all scram-sha-256' >>/data/db/pg_hba.conf
  for role in owner service; do echo "CREATE ROLE $role LOGIN PASSWORD '$PASSWORD'"; done | postgres --single -D /data/db postgres
  echo 'CREATE DATABASE service OWNER owner' | postgres --single -D /data/db postgres
  echo 'ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO service' |
    postgres --single -D /data/db service
  exec postgres -D /data/db -c listen_addresses='*' -c unix_socket_directories=/data \\
    -c ssl=on -c ssl_cert_file=/tls/tls.crt -c ssl_key_file=/tls/tls.key`;

/**
 * Starts a server in a namespace of its own, which is deleted together with that of the scenario and enforces the restricted
 * Pod Security Standard.
 */
export async function startPostgres(cluster: Cluster, image: string): Promise<Postgres> {
  const own = cluster.as({ namespace: `${cluster.namespace}-postgres` });
  const host = `${NAME}.${own.namespace}.svc`;
  const labels = { 'app.kubernetes.io/name': NAME };
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue(`CN=${NAME}`, { dnsNames: [host] });
  await apply(own, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own.namespace, labels: enforce } });
  await apply(
    own,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: NAME },
      stringData: { 'tls.crt': cert, 'tls.key': key, password: PASSWORD },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME },
      spec: { selector: labels, ports: [{ port: PORT }] },
    },
    serverPod(image, labels),
  );
  await own.kubectl(['wait', `pod/${NAME}`, '--for=condition=Ready', '--timeout=120s']);
  const urlOf = (role: string): string => `postgres://${role}:${PASSWORD}@${host}:${PORT}/service?sslmode=verify-full`;
  return {
    url: urlOf('service'),
    ownerUrl: urlOf('owner'),
    ca: authority.cert,
    host,
    namespace: own.namespace,
    labels,
    async sql(statement) {
      const psql = ['psql', '--host=/data', '--username=postgres', '--dbname=service', '--no-psqlrc'];
      const options = ['--no-align', '--tuples-only', '--quiet', '--command', statement];
      return (await own.kubectl(['exec', NAME, '--', ...psql, ...options])).trim();
    },
  };
}

function serverPod(image: string, labels: Postgres['labels']): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'server',
          image,
          command: ['/bin/sh', '-c', START],
          env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: NAME, key: 'password' } } }],
          readinessProbe: {
            exec: {
              command: ['psql', '--host=/data', '--username=postgres', '--dbname=service', '--command=SELECT 1'],
            },
            periodSeconds: 1,
            failureThreshold: 60,
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'tls', mountPath: '/tls', readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
        // The server rejects a key that others can read.
        { name: 'tls', secret: { secretName: NAME, defaultMode: 0o440 } },
      ],
    },
  };
}
