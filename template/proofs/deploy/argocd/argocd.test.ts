import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, outputOf, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { type Manifest, manifestsIn, schemaProblems } from '../manifests/schema-problems.ts';

const FOLDER = join(ROOT, 'deploy/argocd');
const all = readdirSync(FOLDER).flatMap((name) => manifestsIn(readFileSync(join(FOLDER, name), 'utf8')));
const ofKind = (kind: string): [Manifest, ...Manifest[]] => {
  const [first, ...more] = all.filter((manifest) => manifest.kind === kind);
  if (first === undefined) throw new Error(`no ${kind} in deploy/argocd`);
  return [first, ...more];
};
const [project] = ofKind('AppProject');
const [applicationSet, clusterSet] = ofKind('ApplicationSet');
const [application] = ofKind('Application');
const valuesFile = (name: string): object => parse(readFileSync(join(ROOT, name), 'utf8'));

interface Source {
  repoURL: string;
  targetRevision: string;
  chart?: string;
  path?: string;
  helm?: { valueFiles: string[]; valuesObject?: object };
}

/** Returns the Applications that the ApplicationSet generates from its list. */
function generated(): Manifest[] {
  const elements: Record<string, string>[] = applicationSet.spec.generators[0].list.elements;
  return elements.map((element) => {
    const filled = JSON.stringify(applicationSet.spec.template).replaceAll(/\{\{\.(\w+)\}\}/g, (_, name) => {
      const value = element[name];
      if (value === undefined) throw new Error(`no ${name} in ${JSON.stringify(element)}`);
      return value;
    });
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', ...JSON.parse(filled) };
  });
}

const applications = [...ofKind('Application'), ...generated()];
const sourcesOf = ({ spec }: Manifest): Source[] => spec.sources ?? [spec.source];

describe('the manifests of Argo CD', () => {
  test('conform to the schemas of its API and have no unknown fields', async () => {
    expect(await schemaProblems([...all, ...generated()])).toEqual([]);
    const misspelt = { ...application, spec: { ...application.spec, syncPolicies: {} } };
    expect((await schemaProblems([misspelt])).join()).toContain('syncPolicies');
  });

  test('use only repositories and destinations that the project allows', () => {
    const { sourceRepos, destinations } = project.spec;
    for (const { metadata, spec } of applications) {
      expect(spec.project, metadata.name).toBe(project.metadata.name);
      expect(destinations, metadata.name).toContainEqual(spec.destination);
    }
    for (const { repoURL } of applications.flatMap(sourcesOf)) expect(sourceRepos).toContain(repoURL);
  });

  test('refer to existing charts, values files and folders, in the version of this checkout', () => {
    const { version } = valuesFile('charts/skiff/Chart.yaml') as { version: string };
    for (const { chart, targetRevision, helm, path } of applications.flatMap(sourcesOf)) {
      if (chart !== undefined) expect([chart, [version, '0.*.*'].includes(targetRevision)]).toEqual(['skiff', true]);
      if (path !== undefined) expect([existsSync(join(ROOT, path)), targetRevision]).toEqual([true, `v${version}`]);
      for (const file of helm?.valueFiles ?? [])
        expect(existsSync(join(ROOT, file.replace('$config/', '')))).toBe(true);
    }
  });

  test('leave the number of replicas to the autoscaler, even when they are synced', () => {
    for (const { metadata, spec } of applications) {
      const replicas = { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] };
      expect(spec.ignoreDifferences, metadata.name).toEqual([replicas]);
      expect(spec.syncPolicy.syncOptions, metadata.name).toContain('RespectIgnoreDifferences=true');
    }
  });

  test('differ from each other only in the parameters of the list', () => {
    const [staging, production] = generated();
    expect(staging?.metadata.name).toBe('skiff-staging');
    expect(production?.spec.syncPolicy).toEqual(application.spec.syncPolicy);
    expect(staging?.spec.syncPolicy).toEqual(production?.spec.syncPolicy);
    expect(staging?.spec.ignoreDifferences).toEqual(application.spec.ignoreDifferences);
  });
});

describe('the ApplicationSet for clusters', () => {
  /** Returns what its cluster generator makes of a cluster with this name, whose Secret has the annotation for the host. */
  function forCluster(name: string, host: string): Manifest {
    const filled = JSON.stringify(clusterSet?.spec.template)
      .replaceAll('{{.name}}', name)
      .replace('{{index .metadata.annotations \\"skiff/host\\"}}', host);
    expect(filled).not.toContain('{{');
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', ...JSON.parse(filled) };
  }
  const cluster = forCluster('production-eu', 'eu.example.com');

  test('makes an Application that conforms to the schema and to the project', async () => {
    expect(await schemaProblems([cluster])).toEqual([]);
    const { server, name = '', namespace } = cluster.spec.destination;
    const allowed = project.spec.destinations.filter((each: { name?: string; namespace: string }) => {
      return each.namespace === namespace && matchesGlob(name, each.name ?? '');
    });
    expect([server, allowed.length]).toEqual([undefined, 1]);
    for (const { repoURL } of sourcesOf(cluster)) expect(project.spec.sourceRepos).toContain(repoURL);
  });

  test('installs this version with the host of the cluster, and is otherwise the Application of one cluster', async () => {
    const [{ helm, ...source }] = sourcesOf(cluster) as [Source];
    expect(source).toMatchObject({ chart: 'skiff', targetRevision: sourcesOf(application)[0]?.targetRevision });
    const args = (helm?.valueFiles ?? []).flatMap((file) => ['--values', file.replace('$config', ROOT)]);
    // Argo CD applies these values after the files.
    const hostnames = JSON.stringify(at(helm?.valuesObject, 'httpRoute.hostnames'));
    const set = ['--set-json', `httpRoute.hostnames=${hostnames}`];
    const route = theOne(await render({}, { args: [...args, ...set] }), 'HTTPRoute');
    expect(at(route, 'spec.hostnames')).toEqual(['eu.example.com']);
    expect(cluster.spec.syncPolicy).toEqual(application.spec.syncPolicy);
    expect(cluster.spec.ignoreDifferences).toEqual(application.spec.ignoreDifferences);
  });

  test('never deletes an Application by itself', () => {
    expect(clusterSet?.spec.syncPolicy).toEqual({ applicationsSync: 'create-update' });
  });
});

describe('the project', () => {
  /** Returns the API group and the kind of an object. */
  const kindOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }) => ({
    group: apiVersion.includes('/') ? apiVersion.split('/')[0] : '',
    kind,
  });

  test.each(generated().map((each) => [each.metadata.name, each] as const))(
    'allows every kind that the chart renders for %s',
    async (_name, { spec }) => {
      const [{ helm }] = sourcesOf({ spec } as Manifest) as [Source];
      const args = (helm?.valueFiles ?? []).flatMap((file) => ['--values', file.replace('$config', ROOT)]);
      const manifests = await render(helm?.valuesObject, { args: ['--skip-tests', ...args], release: 'skiff' });
      expect(manifests.length).toBeGreaterThan(8);
      for (const manifest of manifests)
        expect(project.spec.namespaceResourceWhitelist).toContainEqual(kindOf(manifest));
    },
  );

  const folders = ofKind('Application').flatMap((each) => sourcesOf(each).flatMap(({ path }) => path ?? []));

  test.each(folders)('allows every kind in %s', async (path) => {
    const { namespaceResourceWhitelist, clusterResourceWhitelist } = project.spec;
    const manifests = manifestsIn(await outputOf('kubectl', ['kustomize', join(ROOT, path)]));
    expect(manifests.length).toBeGreaterThan(6);
    for (const manifest of manifests)
      expect([...namespaceResourceWhitelist, ...clusterResourceWhitelist]).toContainEqual(kindOf(manifest));
  });
});
