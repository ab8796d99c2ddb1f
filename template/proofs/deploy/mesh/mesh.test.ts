import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, outputOf, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { type Manifest, manifestsIn, schemaProblems } from '../manifests/schema-problems.ts';

const build = async (folder: string) => manifestsIn(await outputOf('kubectl', ['kustomize', join(ROOT, folder)]));

function one(manifests: Manifest[], kind: string): Manifest {
  const [found, another] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || another !== undefined) throw new Error(`expected exactly one ${kind}`);
  return found;
}

const sidecarValues: object = parse(readFileSync(join(ROOT, 'deploy/mesh/istio/values.yaml'), 'utf8'));
const seconds = (duration: string) => Number(/^(\d+)s$/.exec(duration)?.[1]);

/** Returns the default of a setting from docs/configuration.md, in seconds. */
function settingOf(name: string): number {
  const reference = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const row = reference.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
  return seconds(/`(\d+s)`/.exec(row)?.[1] ?? '');
}

interface Release {
  service: string;
  ports: number[];
  podLabels: Record<string, string>;
  containerPorts: { name: string; containerPort: number }[];
  manifests: Awaited<ReturnType<typeof render>>;
}

/** Renders a release of the chart with the values for a sidecar. */
async function release(name: string): Promise<Release> {
  const manifests = await render(sidecarValues, { release: name });
  const service = theOne(manifests, 'Service');
  const deployment = theOne(manifests, 'Deployment');
  return {
    service: service.metadata.name,
    ports: (at(service, 'spec.ports') as { port: number }[]).map(({ port }) => port),
    podLabels: at(deployment, 'spec.template.metadata.labels') as Record<string, string>,
    containerPorts: at(deployment, 'spec.template.spec.containers.0.ports') as Release['containerPorts'],
    manifests,
  };
}

const contains = (labels: Record<string, string>, required: Record<string, string>) =>
  Object.entries(required).every(([name, value]) => labels[name] === value);

let istio: Manifest[];
let faults: Manifest[];
let gateway: Manifest[];
let stable: Release;
let canary: Release;
beforeAll(async () => {
  [istio, faults, gateway] = (await Promise.all(
    ['istio', 'istio-faults', 'gateway-api'].map((folder) => build(`deploy/mesh/${folder}`)),
  )) as [Manifest[], Manifest[], Manifest[]];
  [stable, canary] = await Promise.all([release('skiff'), release('skiff-canary')]);
});

test('all manifests conform to the schemas of their APIs and have no unknown fields', async () => {
  expect(await schemaProblems([...istio, ...faults, ...gateway])).toEqual([]);
});

describe('the mesh', () => {
  test('has subsets that each select the pods of one release, and a Service that selects those of both', () => {
    const { subsets, host } = one(istio, 'DestinationRule').spec;
    const labelsOf = (name: string) => subsets.find((subset: { name: string }) => subset.name === name).labels;
    for (const [name, own, other] of [
      ['stable', stable, canary],
      ['canary', canary, stable],
    ] as const) {
      expect(contains(own.podLabels, labelsOf(name)), name).toBe(true);
      expect(contains(other.podLabels, labelsOf(name)), name).toBe(false);
    }
    const service = one(istio, 'Service');
    expect(service.metadata.name).toBe(host);
    for (const each of [stable, canary]) {
      expect(contains(each.podLabels, service.spec.selector)).toBe(true);
      expect(each.containerPorts.map(({ name }) => name)).toContain(service.spec.ports[0].targetPort);
    }
  });

  test('sends 80 % of the requests to stable and 20 % to the canary, and all requests with the canary header to the canary', () => {
    const { hosts, http } = one(istio, 'VirtualService').spec;
    expect(hosts[0]).toBe(`${stable.service}.skiff.svc.cluster.local`);
    const shares = http.map(
      ({ name, route }: { name: string; route: { destination: { subset: string }; weight?: number }[] }) => [
        name,
        route.map(({ destination, weight = 100 }) => `${destination.subset} ${weight}`).join(', '),
      ],
    );
    expect(shares).toEqual([
      ['canary-by-header', 'canary 100'],
      ['reads', 'stable 80, canary 20'],
      ['writes', 'stable 80, canary 20'],
    ]);
  });

  test('has a longer request time-out than the service, and closes idle connections earlier', () => {
    for (const { name, timeout } of one(istio, 'VirtualService').spec.http) {
      expect(seconds(timeout), name).toBeGreaterThan(settingOf('http.handlerTimeout'));
    }
    const { idleTimeout } = one(istio, 'DestinationRule').spec.trafficPolicy.connectionPool.http;
    expect(seconds(idleTimeout)).toBeLessThan(settingOf('http.keepAliveTimeout'));
  });

  test('retries a write only if it was certainly not processed', () => {
    const { http } = one(istio, 'VirtualService').spec;
    const writes = http.find(({ name }: { name: string }) => name === 'writes');
    expect(writes.match).toBeUndefined();
    expect(writes.retries.retryOn.split(',').toSorted()).toEqual(['connect-failure', 'refused-stream']);
  });

  test('injects faults only into requests with the fault header, in separate first routes, and keeps all other routes', () => {
    const { http } = one(faults, 'VirtualService').spec;
    const isFault = ({ fault }: { fault?: object }) => fault !== undefined;
    expect(http.map(isFault)).toEqual([true, true, false, false, false]);
    for (const route of http.filter(isFault)) {
      expect(Object.keys(route.match[0].headers)).toEqual(['x-fault']);
      expect([route.timeout, route.retries]).toEqual([undefined, undefined]);
    }
    expect(http.slice(2)).toEqual(one(istio, 'VirtualService').spec.http);
  });

  test('requires mutual TLS on every port except the metrics port, by container port', () => {
    const port = (name: string) => String(stable.containerPorts.find((each) => each.name === name)?.containerPort);
    const { selector, mtls, portLevelMtls } = one(istio, 'PeerAuthentication').spec;
    expect(mtls.mode).toBe('STRICT');
    expect(portLevelMtls).toEqual({ [port('metrics')]: { mode: 'PERMISSIVE' } });
    const { rules, selector: selected, action } = one(istio, 'AuthorizationPolicy').spec;
    expect(action).toBe('ALLOW');
    for (const each of [stable, canary]) {
      expect(contains(each.podLabels, selector.matchLabels) && contains(each.podLabels, selected.matchLabels)).toBe(
        true,
      );
    }
    const [requests, scrapes] = rules;
    expect(requests.from[0].source.namespaces).toEqual(['gateway', 'skiff']);
    expect(requests.to[0].operation.ports).toEqual([port('http')]);
    expect(scrapes.to[0].operation.ports).toEqual([port('metrics')]);
  });

  test('lets the sidecar drain at least as long as the service, within the grace period of the pod', () => {
    const deployment = theOne(stable.manifests, 'Deployment');
    const annotations = at(deployment, 'spec.template.metadata.annotations') as Record<string, string>;
    const proxy = parse(annotations['proxy.istio.io/config'] ?? '') as { terminationDrainDuration: string };
    const config = parse(
      Object.values(at(theOne(stable.manifests, 'ConfigMap'), 'data') as Record<string, string>).join(),
    );
    const { drainDelay, shutdownTimeout, flushTimeout } = config.lifecycle;
    const drain = seconds(proxy.terminationDrainDuration);
    expect(drain).toBeGreaterThanOrEqual(seconds(drainDelay) + seconds(shutdownTimeout) + seconds(flushTimeout));
    expect(drain).toBeLessThan(at(deployment, 'spec.template.spec.terminationGracePeriodSeconds') as number);
  });
});

test('a canary is one pod with its own Service and ServiceMonitor, without the objects that both releases share', async () => {
  const values = [
    'charts/skiff/values-production.yaml',
    'deploy/mesh/values-canary.yaml',
    'deploy/mesh/istio/values.yaml',
  ];
  const args = values.flatMap((file) => ['--values', join(ROOT, file)]);
  const manifests = await render({}, { release: 'skiff-canary', args: ['--skip-tests', ...args] });
  expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(
    ['ConfigMap', 'Deployment', 'NetworkPolicy', 'Service', 'ServiceAccount', 'ServiceMonitor'].toSorted(),
  );
  expect(at(theOne(manifests, 'Deployment'), 'spec.replicas')).toBe(1);
});

test('the Gateway route splits requests between the two Services, and sends requests with the canary header to the canary', () => {
  const { rules, hostnames } = one(gateway, 'HTTPRoute').spec;
  expect(hostnames).toEqual(['skiff.example.com']);
  const backends = rules.map(({ backendRefs }: { backendRefs: object[] }) => backendRefs);
  const [port] = stable.ports;
  expect(backends).toEqual([
    [{ name: canary.service, port }],
    [
      { name: stable.service, port, weight: 80 },
      { name: canary.service, port, weight: 20 },
    ],
  ]);
  for (const { timeouts } of rules) expect(seconds(timeouts.request)).toBeGreaterThan(settingOf('http.handlerTimeout'));
});
