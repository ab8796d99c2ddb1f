import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { startService } from '../../../test/support/service.ts';
import { amount } from '../../support/amount.ts';
import { metric } from '../../support/metric.ts';
import { imageEnvironment } from '../image-environment.ts';
import { load } from '../load/http-load.ts';
import { canCreateMemoryCgroups, createMemoryCgroup } from './memory-cgroup.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MiB = 1_048_576;
const SECONDS = amount('EDGE_SECONDS', { short: 15, long: 120 });
/** The memory limit in values-edge.yaml. */
const LIMIT = 128 * MiB;
/** Requests per second that half a core of a small machine serves easily. */
const RATE = 200;

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/main.ts')], { cwd: ROOT });
}, 60_000);

test('values-edge.yaml limits the service to 128 MiB', () => {
  const { resources } = parse(readFileSync(join(ROOT, 'charts/skiff/values-edge.yaml'), 'utf8'));
  expect(resources.limits.memory).toBe('128Mi');
});

const NAME = `the production build starts and serves load for ${SECONDS} s within 128 MiB and loses no request`;
const [edgeTest, name] = canCreateMemoryCgroups()
  ? [test, NAME]
  : [test.skip, `${NAME} [skipped: creating memory control groups requires root]`];

edgeTest(name, { timeout: (SECONDS + 45) * 1000 }, async () => {
  const cgroup = createMemoryCgroup(LIMIT);
  const service = await startService({
    program: 'dist/cmd/server/main.js',
    launcher: cgroup.launcher,
    keepLine: ({ path }) => path === undefined,
    env: { ...imageEnvironment(), SKIFF_RATE_LIMIT_MAX: '0' },
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
    cgroup.remove();
  });
  expect(await metric(service, 'process_memory_limit_bytes')).toBe(LIMIT);
  const idleRss = await metric(service, 'process_resident_memory_bytes');
  const url = `${service.url}/openapi.json`;
  const bytes = (await (await fetch(url)).arrayBuffer()).byteLength;
  const { responses, sent } = await load({ url, seconds: SECONDS, connections: 50, rate: RATE });
  const rss = await metric(service, 'process_resident_memory_bytes');
  const inMiB = (bytes: number) => Math.round(bytes / MiB);
  process.stdout.write(
    `${JSON.stringify({ sent, bytes, idleRss: inMiB(idleRss), rss: inMiB(rss), peak: inMiB(cgroup.peakBytes) })}\n`,
  );
  const causes = service.lines.filter(({ msg }) => msg === 'overloaded: rejecting requests').map(({ cause }) => cause);
  expect(causes).not.toContain('heap');
  expect(causes).not.toContain('rss');
  // On a busy machine a few requests may be shed with 503.
  expect([...responses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(responses.get(200)).toBeGreaterThan(SECONDS * RATE * 0.9);
  expect(cgroup.kills).toBe(0);
  expect(rss).toBeLessThan(LIMIT);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});
