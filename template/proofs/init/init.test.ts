import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../init/combinations.ts';
import { features } from '../../init/features/features.ts';
import { TEMPLATE_NAME } from '../../init/plan.ts';
import { LONG } from '../../support/long.ts';
import { checkChart, checkImage, checkProject, tracesOf } from './checks.ts';
import { type Clone, createClone } from './clone.ts';

const ALL = features.map(({ name }) => name);

/** Words that occur only in the code of a feature. */
const WORDS: Readonly<Record<string, RegExp>> = {
  consul: /consul/i,
  postgres: /pkg\/postgres|internal\/postgres|postgres\.enabled|kysely|squawk|migrations\/|cmd\/migrate|docs\/postgres/,
  controller: /jobtracker|runController/i,
  'kubernetes-api': /pkg\/kubernetes|internal\/kubernetes|kubernetes\.enabled|leaderElection: kubernetes/,
  httpclient: /pkg\/httpclient|http_client_request|HttpClient|cockatiel/,
  example: /\bflags?[:.-](?:read|write|store|expiry)|\/v1\/flags|internal\/flags|FlagStore|createFlags/,
};
/** Where these words may remain: in decisions, in code that all services share, and in the record of removed features. */
const HISTORY = /^(?:docs\/decisions|pkg)\/|^test\/architecture\.test\.ts|^\.template\.json/;

interface Service {
  readonly name: string;
  readonly without: readonly string[];
  readonly ci: 'github' | 'gitlab' | 'both';
  readonly freshHistory?: boolean;
}

const TEMPLATE_URL = 'https://forge.test/template.git';

async function init(clone: Clone, { name, without, ci, freshHistory = false }: Service): Promise<void> {
  const options = ['--owner', 'Team Checkout', '--registry', 'registry.test/checkout', '--ci', ci];
  await clone.succeed(
    'npm',
    'run',
    'init',
    '--',
    name,
    ...options,
    ...(without.length === 0 ? [] : ['--without', without.join()]),
    ...(freshHistory ? ['--fresh-history'] : []),
    // checkOutcome() runs the same checks.
    ...(without.length === 2 ? ['--no-check'] : []),
  );
}

async function checkOutcome(
  clone: Clone,
  { name, without, ci, freshHistory = false }: Service,
  commit: string,
): Promise<void> {
  expect(tracesOf(TEMPLATE_NAME, clone)).toEqual([]);
  expect(tracesOf('registry\\.example\\.com', clone)).toEqual([]);
  expect(tracesOf('(?<![\\w/-])template/|clack|\\.ci/', clone)).toEqual([]);
  for (const feature of without) {
    const word = WORDS[feature];
    if (word === undefined) continue;
    expect(
      tracesOf(word.source, clone).filter((trace) => !HISTORY.test(trace)),
      feature,
    ).toEqual([]);
  }
  expect(JSON.parse(readFileSync(join(clone.root, 'package.json'), 'utf8'))).toMatchObject({
    name,
    version: '0.1.0',
    author: 'Team Checkout',
  });
  expect(JSON.parse(readFileSync(join(clone.root, '.template.json'), 'utf8'))).toEqual({
    ...{ name, owner: 'Team Checkout', registry: 'registry.test/checkout', domain: 'example.com', without, ci },
    template: { version: expect.any(String), commit, url: TEMPLATE_URL },
  });
  expect(await clone.succeed('git', 'status', '--porcelain')).toBe('');
  expect(await clone.succeed('git', 'log', '--format=%s', '-1')).toBe(`Make ${name} from the template\n`);
  expect(await clone.succeed('git', 'rev-list', '--count', 'HEAD')).toBe(freshHistory ? '1\n' : '2\n');
  expect(await clone.succeed('git', 'remote')).toBe('template\n');
  await checkProject(clone);
  await checkChart(clone, name);
}

const SERVICES: readonly Service[] = [
  { name: 'orders', without: [], ci: 'both' },
  { name: 'my-orders-2', without: ALL, ci: 'github', freshHistory: true },
  ...(LONG ? combinations(ALL).map((without): Service => ({ name: 'orders', without, ci: 'gitlab' })) : []),
];

describe.each(SERVICES)('$name without $without, with --ci $ci', (service) => {
  const { name, without } = service;

  test('contains no trace of the template, and passes its own checks and tests', async () => {
    const clone = createClone();
    await clone.succeed('git', 'remote', 'add', 'origin', TEMPLATE_URL);
    const commit = (await clone.succeed('git', 'rev-parse', 'HEAD')).trim();
    const startedAt = performance.now();
    await init(clone, service);
    expect(performance.now() - startedAt, 'milliseconds').toBeLessThan(120_000);
    await checkOutcome(clone, service, commit);
    await clone.succeed('vitest', 'run', '--project', 'unit', '--project', 'e2e');
    const isPair = without.length === 2;
    if (without.length > 0 && !isPair) await checkImage(clone, name);
  });
});
