import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../cluster.ts';
import { type Issuer, startIssuer } from '../issuer.ts';
import { underLoad } from '../load.ts';
import { must, type Step, secondsSince } from '../step.ts';
import { imageValues, settled } from './release.ts';

const OVERLAYS = join(import.meta.dirname, '../../../../../deploy/kubernetes/overlays');

export function overlay(name: 'development' | 'staging' | 'production'): Step {
  return {
    name: `the kustomize overlay ${name} is applied, changed under load and deleted`,
    async run(cluster, report) {
      const own = cluster.as({ namespace: `${cluster.namespace}-${name}`, release: 'skiff' });
      const folder = mkdtempSync(join(realpathSync(tmpdir()), 'skiff-overlay-'));
      const apply = (): Promise<string> => own.kubectl(['apply', '--kustomize', folder]);
      try {
        await own.kubectl(['create', 'namespace', own.namespace]);
        const issuer = name === 'development' ? undefined : await startIssuer(own);
        writeWrapper(own, { folder, overlay: name, issuer, level: 'info' });
        let startedAt = performance.now();
        await apply();
        const before = await settled(own);
        report(`applied, ${before.size} pods ready after ${secondsSince(startedAt)} s`);
        const again = (await apply()).split('\n').filter((line) => /created|deployment.*configured/.test(line));
        must(again.length === 0, `no changes when it is applied again, not: ${again.join(', ')}`);

        await underLoad(own, report, async () => {
          startedAt = performance.now();
          writeWrapper(own, { folder, overlay: name, issuer, level: 'warn' });
          await apply();
          const after = await settled(own);
          report(`changed, ${after.size} pods replaced after ${secondsSince(startedAt)} s`);
          must(![...after.keys()].some((pod) => before.has(pod)), 'every pod to be replaced');
        });

        startedAt = performance.now();
        await own.kubectl(['delete', '--kustomize', folder, '--wait', '--timeout=3m']);
        const left = await own.kubectl(['get', 'namespace', own.namespace, '--ignore-not-found']);
        report(`deleted after ${secondsSince(startedAt)} s`);
        must(left === '', 'the namespace to be deleted with everything in it');
      } finally {
        rmSync(folder, { recursive: true });
        await own.kubectl(['delete', 'namespace', own.namespace, '--ignore-not-found', '--wait', '--timeout=3m']);
      }
    },
  };
}

interface Wrapper {
  readonly folder: string;
  readonly overlay: string;
  readonly issuer: Issuer | undefined;
  readonly level: string;
}

/** Writes a kustomization that adapts an overlay to the test: its namespace, image, log level, rate limit and issuer. */
function writeWrapper(cluster: Cluster, { folder, overlay, issuer, level }: Wrapper): void {
  const source = join(OVERLAYS, overlay);
  const config = parse(readFileSync(join(source, 'config.yaml'), 'utf8'));
  const adapted = {
    ...config,
    log: { ...config.log, level },
    rateLimit: { max: 0 },
    ...(issuer === undefined ? {} : { auth: issuer.auth }),
  };
  writeFileSync(join(folder, 'config.yaml'), stringify(adapted));
  const { repository, tag, digest } = imageValues(cluster.image);
  const image = { newName: repository, ...(tag && { newTag: tag }), ...(digest && { digest }) };
  const kustomization = {
    resources: [relative(folder, source)],
    namespace: cluster.namespace,
    images: [{ name: 'registry.example.com/skiff', ...image }],
    configMapGenerator: [{ name: 'skiff', behavior: 'merge', files: ['config.yaml'] }],
    patches: issuer === undefined ? [] : [{ target: { kind: 'Deployment' }, patch: stringify(trust(issuer)) }],
  };
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
}

/** Makes the service trust the certificate of the issuer. */
function trust({ secret }: Issuer): object[] {
  const container = '/spec/template/spec/containers/0';
  const env = { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/skiff/issuer/ca.crt' };
  return [
    { op: 'add', path: `${container}/env/-`, value: env },
    { op: 'add', path: `${container}/volumeMounts/-`, value: { name: 'issuer', mountPath: '/etc/skiff/issuer' } },
    { op: 'add', path: '/spec/template/spec/volumes/-', value: { name: 'issuer', secret: { secretName: secret } } },
  ];
}
