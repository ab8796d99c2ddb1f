import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { ApiServer } from './api-server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CHART = join(ROOT, 'charts/skiff');

/** Where `scripts/install-kubernetes-tools.sh` puts helm. */
const TOOLS = join(ROOT, '.cache/kubernetes/bin');

const RELEASE = 'skiff';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

/** A rule of a Role or a ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What the chart installs for the controller, except its pods. */
export interface Installation {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Rules of all Roles and ClusterRoles. */
  readonly rules: readonly Rule[];
  /** Writes a kubeconfig with a token of the service account, bound to a pod of this name. */
  kubeconfig(pod: string, server?: string): Promise<string>;
}

const PATHS: Readonly<Record<string, string>> = {
  ServiceAccount: '/api/v1/namespaces/{namespace}/serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

/** Creates the CRD unless it exists, and waits until the API server serves it. */
export async function installCrd(server: ApiServer): Promise<void> {
  const crd = parse(readFileSync(join(CHART, 'files/crds/jobtrackers.yaml'), 'utf8'));
  const base = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const created = await server.request('POST', base, crd);
  if (created.status !== 201 && created.status !== 409) throw new Error(`CRD: ${JSON.stringify(created.body)}`);
  const limit = performance.now() + 30_000;
  while ((await server.request('GET', `/apis/${crd.spec.group}/v1/jobtrackers?limit=1`)).status !== 200) {
    if (performance.now() > limit) throw new Error('the API server does not serve the CRD after 30 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Creates a namespace with the service account and the permissions of the rendered chart. */
export async function installPermissions(server: ApiServer, namespace: string): Promise<Installation> {
  await server.api('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const manifests = renderController(namespace);
  for (const manifest of manifests) {
    const path = PATHS[manifest.kind];
    if (path !== undefined) await server.api('POST', path.replace('{namespace}', namespace), manifest);
  }
  const serviceAccount = manifests.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name;
  if (serviceAccount === undefined) throw new Error('the chart renders no service account for the controller');
  return {
    namespace,
    serviceAccount,
    rules: manifests.flatMap(({ rules = [] }) => rules),
    async kubeconfig(pod, url = server.url) {
      const token = await server.createToken({ namespace, serviceAccount, pod });
      return server.kubeconfig({ token, namespace, server: url });
    },
  };
}

function renderController(namespace: string): Manifest[] {
  const set = ['--set', 'controller.enabled=true'];
  const env = { ...process.env, PATH: `${TOOLS}${delimiter}${process.env.PATH}` };
  const rendered = execFileSync('helm', ['template', RELEASE, CHART, '--namespace', namespace, ...set], { env });
  const manifests = parseAllDocuments(rendered.toString()).map((document): Manifest | null => document.toJS());
  return manifests
    .filter((manifest) => manifest !== null)
    .filter(({ kind, metadata }) => kind in PATHS && metadata.name.endsWith('-controller'));
}
