import { expect, onTestFinished, test } from 'vitest';
import { at, CHART, type Manifest, outputOf, parseManifests, theOne } from '../../../../test/deploy/helm.ts';
import { startFakeApiServer } from './api-server.ts';

const LABELS = { 'f:metadata': { 'f:labels': { 'f:helm.sh/chart': {} } } };
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };
const helm = { manager: 'helm', operation: 'Apply', fieldsV1: { ...LABELS, 'f:spec': { 'f:template': {} } } };
const helmWithReplicas = { ...helm, fieldsV1: { ...LABELS, ...REPLICAS } };
const kubectlScale = { manager: 'kubectl', operation: 'Update', subresource: 'scale', fieldsV1: REPLICAS };
const autoscaler = { ...kubectlScale, manager: 'kube-controller-manager' };
const FIXED = { 'autoscaling.enabled': false, replicaCount: 4 };

interface Live {
  readonly replicas: number;
  readonly declared?: string;
  readonly managedFields: readonly object[];
  /** Release of the existing autoscaler. */
  readonly autoscalerOf?: string;
}

/** Renders the objects that an upgrade would apply, given the live Deployment. */
async function upgrade(live: Live | undefined, values: object): Promise<Manifest[]> {
  const objects = new Map<string, object>();
  if (live) {
    const { replicas, declared, managedFields, autoscalerOf } = live;
    const annotations = declared === undefined ? {} : { 'replicas/declared': declared };
    const metadata = { name: 'skiff', namespace: 'skiff', managedFields, annotations };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas } };
    objects.set('/apis/apps/v1/namespaces/skiff/deployments/skiff', deployment);
    if (autoscalerOf !== undefined) {
      objects.set('/apis/autoscaling/v2/namespaces/skiff/horizontalpodautoscalers/skiff', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'skiff', annotations: { 'meta.helm.sh/release-name': autoscalerOf } },
      });
    }
  }
  const api = await startFakeApiServer(objects);
  onTestFinished(() => api.stop());
  const args = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  const command = ['template', 'skiff', CHART, '--namespace', 'skiff', '--dry-run=server', '--is-upgrade'];
  const offline = ['--disable-openapi-validation'];
  const env = { ...process.env, KUBECONFIG: api.kubeconfig };
  return parseManifests(await outputOf('helm', [...command, ...offline, ...args], env));
}

async function declared(live: Live | undefined, values: object): Promise<unknown> {
  return at(theOne(await upgrade(live, values), 'Deployment'), 'spec.replicas');
}

test('the first installation declares the fixed number of replicas, or none if the autoscaler is enabled', async () => {
  expect(await declared(undefined, FIXED)).toBe(4);
  expect(await declared(undefined, {})).toBeUndefined();
});

test('enabling the autoscaler keeps the number of replicas as long as Helm owns it', async () => {
  const live = { replicas: 4, declared: '4', managedFields: [helmWithReplicas] };
  expect(await declared(live, {})).toBe(4);
  expect(await declared({ ...live, declared: 'autoscaler' }, {})).toBe(4);
});

test('the number of replicas is not declared once the autoscaler or kubectl has changed it', async () => {
  for (const owner of [autoscaler, kubectlScale]) {
    expect(await declared({ replicas: 7, declared: '4', managedFields: [helm, owner] }, {})).toBeUndefined();
  }
  expect(await declared({ replicas: 7, managedFields: [helm] }, {})).toBeUndefined();
});

test('disabling the autoscaler declares the fixed number if no other manager owns it', async () => {
  expect(await declared({ replicas: 2, managedFields: [helm] }, FIXED)).toBe(4);
  const held = { replicas: 2, declared: 'autoscaler', managedFields: [helmWithReplicas] };
  expect(await declared(held, FIXED)).toBe(4);
});

test('the number set by the autoscaler or kubectl scale is kept, without a conflict', async () => {
  const scaled = { replicas: 7, managedFields: [helm, autoscaler] };
  expect(await declared({ ...scaled, declared: 'autoscaler' }, FIXED)).toBeUndefined();
  expect(await declared(scaled, FIXED)).toBeUndefined();
  const byHand = { replicas: 5, declared: '4', managedFields: [helm, kubectlScale] };
  expect(await declared(byHand, FIXED)).toBeUndefined();
  // After `kubectl scale --replicas=0` the field has no owner.
  expect(await declared({ replicas: 0, declared: '4', managedFields: [helm] }, FIXED)).toBeUndefined();
});

test('a changed replicaCount is declared regardless of the owner, and so is a replicaCount equal to the live number', async () => {
  const byHand = { replicas: 5, declared: '4', managedFields: [helm, kubectlScale] };
  expect(await declared(byHand, { ...FIXED, replicaCount: 6 })).toBe(6);
  expect(await declared({ ...byHand, replicas: 4 }, FIXED)).toBe(4);
  expect(await declared({ replicas: 4, declared: '4', managedFields: [helmWithReplicas] }, FIXED)).toBe(4);
});

test('with client-side apply, the number that the last release declared is declared again', async () => {
  const clientSide = { ...helm, operation: 'Update' };
  const fixed = { replicas: 4, declared: '4', managedFields: [{ ...helmWithReplicas, operation: 'Update' }] };
  expect(await declared(fixed, {})).toBe(4);
  const scaled = { replicas: 7, managedFields: [clientSide, autoscaler] };
  expect(await declared({ ...scaled, declared: 'autoscaler' }, {})).toBe(7);
  expect(await declared(scaled, {})).toBeUndefined();
  expect(await declared({ ...scaled, declared: 'autoscaler' }, FIXED)).toBe(7);
});

test('Helm is recognized by the fields it applies, not by the name of the field manager', async () => {
  const managedFields = [{ ...helmWithReplicas, manager: 'helm-controller' }];
  expect(await declared({ replicas: 4, declared: '4', managedFields }, {})).toBe(4);
});

test('disabling the autoscaler leaves a hook that deletes it on uninstall, if it belongs to this release', async () => {
  const live = { replicas: 3, managedFields: [helm], autoscalerOf: 'skiff' };
  const hook = theOne(await upgrade(live, FIXED), 'HorizontalPodAutoscaler');
  expect(hook.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'post-delete' });
  // The hook works by its own policy.
  const hookAnnotations = { 'example.com/note': 'yes', 'helm.sh/hook-delete-policy': 'hook-failed' };
  const annotated = theOne(await upgrade(live, { ...FIXED, hookAnnotations }), 'HorizontalPodAutoscaler');
  expect(annotated.metadata.annotations).toEqual({ ...hook.metadata.annotations, 'example.com/note': 'yes' });
  const kinds = async (autoscalerOf: string, values: object) => {
    return (await upgrade({ ...live, autoscalerOf }, values)).map(({ kind }) => kind);
  };
  expect(await kinds('other', FIXED)).not.toContain('HorizontalPodAutoscaler');
  const on = theOne(await upgrade(live, {}), 'HorizontalPodAutoscaler');
  expect(on.metadata.annotations).toBeUndefined();
});
