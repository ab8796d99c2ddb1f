import { expect, test } from 'vitest';
import { at, type Manifest, parseManifests, render, theOne } from '../../../../test/deploy/helm.ts';
import { podSecurityProblems } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema } from './strict-schema.ts';

/** Renders the chart with a text replaced everywhere, a defect that the checks in this folder must detect. */
async function renderWithDefect(from: string, to: string): Promise<Manifest[]> {
  const text = JSON.stringify(await render({ controller: { enabled: true }, serviceMonitor: { enabled: true } }));
  expect(text).toContain(from);
  return JSON.parse(text.replaceAll(from, to));
}

test.each([
  ['"enableServiceLinks":', '"enableServiceLink":', 'must NOT have additional properties'],
  ['"minReadySeconds":5', '"minReadySeconds":"5"', 'must be integer'],
  ['"policy/v1"', '"policy/v1beta1"', 'no schema, see template/ci'],
  ['"scaleTargetRef":', '"scaleTarget":', "must have required property 'scaleTargetRef'"],
  ['"labels":{"app.kubernetes.io', '"label":{"app.kubernetes.io', 'must NOT have additional properties'],
  ['"path":"/metrics"', '"paths":"/metrics"', 'must NOT have additional properties'],
])('the schema check detects %s replaced with %s', async (from, to, problem) => {
  const manifests = await renderWithDefect(from, to);
  expect(manifests.flatMap(createStrictSchema('1.37')).join('\n')).toContain(problem);
});

test.each([
  ['"runAsNonRoot":true', '"runAsNonRoot":false'],
  ['"runAsUser":65532', '"runAsUser":1000'],
  ['"drop":["ALL"]', '"drop":["ALL"],"add":["NET_ADMIN"]'],
  ['"allowPrivilegeEscalation":false', '"allowPrivilegeEscalation":true'],
  ['"seccompProfile":{"type":"RuntimeDefault"}', '"seccompProfile":{"type":"Unconfined"}'],
  ['"emptyDir":{"sizeLimit":"64Mi"}', '"hostPath":{"path":"/"}'],
  ['"containerPort":8080', '"containerPort":80'],
  ['"enableServiceLinks":false', '"enableServiceLinks":true'],
])('the security check detects %s replaced with %s', async (from, to) => {
  const pod = at(theOne(await renderWithDefect(from, to), 'Deployment'), 'spec.template.spec');
  expect(podSecurityProblems(pod)).toHaveLength(1);
});

test.each([
  ['"configMap":{"name":"skiff"}', '"configMap":{"name":"skif"}', 'ConfigMap skif is mounted but does not exist'],
  ['"targetPort":"metrics"', '"targetPort":"admin"', 'the Service targets an unknown port admin'],
  ['"name":"tmp","mountPath"', '"name":"temp","mountPath"', 'volume temp is mounted but does not exist'],
  ['"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"skiff"}', '"scaleTargetRef":{}', 'the HPA'],
  ['"port":"metrics","scheme"', '"port":"http","scheme"', 'does not use the admin listener'],
  ['"app.kubernetes.io/name":"skiff-controller"', '"app.kubernetes.io/name":"skiff"', 'the Service does not select'],
  ['"kind":"Role","name":"skiff-controller"', '"kind":"Role","name":"skiff"', 'binds an unknown role'],
  ['"kind":"ServiceAccount","name":"skiff-controller"', '"kind":"ServiceAccount","name":"default"', 'binds others'],
  ['"serviceAccountName":"skiff"', '"serviceAccountName":"default"', 'a different ServiceAccount'],
])('the reference check detects %s replaced with %s', async (from, to, problem) => {
  const problems = brokenReferences(await renderWithDefect(from, to)).join('\n');
  expect(problems).toContain(problem);
});

test('a duplicate key is an error', () => {
  expect(() => parseManifests('kind: Pod\nkind: Pod\n')).toThrow('unique');
});
