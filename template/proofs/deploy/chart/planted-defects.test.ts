import { expect, test } from 'vitest';
import { at, type Manifest, parseManifests, render, theOne } from '../../../../test/deploy/helm.ts';
import { podSecurityProblems } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema } from './strict-schema.ts';

/** The render with one text replaced everywhere: the checks of this folder must see it. */
async function spoilt(from: string, to: string): Promise<Manifest[]> {
  const text = JSON.stringify(await render({ serviceMonitor: { enabled: true } }));
  expect(text).toContain(from);
  return JSON.parse(text.replaceAll(from, to));
}

test.each([
  ['"enableServiceLinks":', '"enableServiceLink":', 'must NOT have additional properties'],
  ['"minReadySeconds":5', '"minReadySeconds":"5"', 'must be integer'],
  ['"policy/v1"', '"policy/v1beta1"', 'no schema is known'],
  ['"scaleTargetRef":', '"scaleTarget":', "must have required property 'scaleTargetRef'"],
  ['"labels":{"app.kubernetes.io', '"label":{"app.kubernetes.io', 'must NOT have additional properties'],
  ['"path":"/metrics"', '"paths":"/metrics"', 'must NOT have additional properties'],
])('%s as %s does not pass as a field that Kubernetes knows', async (from, to, problem) => {
  const manifests = await spoilt(from, to);
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
])('%s as %s does not pass as secure', async (from, to) => {
  const pod = at(theOne(await spoilt(from, to), 'Deployment'), 'spec.template.spec');
  expect(podSecurityProblems(pod)).toHaveLength(1);
});

test.each([
  ['"configMap":{"name":"skiff"}', '"configMap":{"name":"skif"}', 'a ConfigMap skif is mounted and not there'],
  ['"targetPort":"metrics"', '"targetPort":"admin"', 'the Service sends to a port admin'],
  ['"name":"tmp","mountPath"', '"name":"temp","mountPath"', 'volume temp is mounted and not there'],
  ['"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"skiff"}', '"scaleTargetRef":{}', 'the HPA'],
  ['"port":"metrics","scheme"', '"port":"http","scheme"', 'does not ask the admin listener'],
  ['"serviceAccountName":"skiff"', '"serviceAccountName":"default"', 'another ServiceAccount'],
])('%s as %s does not pass as whole', async (from, to, problem) => {
  const problems = brokenReferences(await spoilt(from, to)).join('\n');
  expect(problems).toContain(problem);
});

test('a key that is given twice is an error', () => {
  expect(() => parseManifests('kind: Pod\nkind: Pod\n')).toThrow('unique');
});
