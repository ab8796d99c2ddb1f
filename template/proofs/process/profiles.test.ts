/** Tests profiles and heap snapshots of an instance in production, which require no restart. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIENCE, type Issuer, startIssuer } from '../../../test/support/issuer.ts';
import type { Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';

let issuer: Issuer;
let service: Service;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'profiles-'));
  issuer = await startIssuer(['items-editor', 'admin']);
  service = await startItemsService({
    env: {
      SKIFF_ENVIRONMENT: 'production',
      SKIFF_HTTP_PORT: '0',
      SKIFF_ADMIN_PORT: '0',
      SKIFF_AUTH_ISSUER: issuer.url,
      SKIFF_AUTH_AUDIENCE: AUDIENCE,
      SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
      SKIFF_DEBUG_SNAPSHOT_DIR: directory,
    },
  });
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
  await issuer.close();
  rmSync(directory, { recursive: true });
});

async function request(method: string, path: string, role?: string) {
  const token = role === undefined ? undefined : await issuer.token(role);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(service.adminUrl + path, { method, headers });
  return { status: response.status, text: await response.text(), token };
}

test.each([
  ['GET', '/debug/cpu?seconds=1'],
  ['GET', '/debug/allocations?seconds=1'],
  ['GET', '/debug/handles'],
  ['POST', '/debug/heap-snapshot'],
])('%s %s requires the permission admin', async (method, path) => {
  expect((await request(method, path)).status).toBe(401);
  expect((await request(method, path, 'items-editor')).status).toBe(403);
});

const auditOf = (path: string) => service.lines.filter(({ msg, handler }) => msg === 'audit' && handler === path);

test.each([
  ['cpu', 'nodes'],
  ['allocations', 'head'],
])('/debug/%s returns a profile without values, and is audited', async (name, field) => {
  // Two at once: whichever is second is rejected.
  const both = await Promise.all([1, 2].map(() => request('GET', `/debug/${name}?seconds=2`, 'admin')));
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  const { text = '', token = '' } = both.find(({ status }) => status === 200) ?? {};
  expect(JSON.parse(text)).toHaveProperty(field);
  expect(text).toContain('functionName');
  expect(text).not.toContain(token.slice(-60));
  await expect
    .poll(() => auditOf(`/debug/${name}`))
    .toContainEqual(expect.objectContaining({ status: 200, method: 'GET' }));
  expect(auditOf(`/debug/${name}`).every(({ subject }) => subject !== undefined)).toBe(true);
});

test('/debug/heap is not available in production', async () => {
  expect((await request('GET', '/debug/heap', 'admin')).status).toBe(404);
});

test('at most three heap snapshots are written to the directory, readable only by their owner', async () => {
  const { status, text } = await request('POST', '/debug/heap-snapshot', 'admin');
  expect(status, text).toBe(201);
  const { file, bytes } = JSON.parse(text);
  expect(statSync(file)).toMatchObject({ size: bytes, mode: 0o100600 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('snapshot.meta');
  expect(readdirSync(directory)).toHaveLength(1);

  for (const name of ['a.heapsnapshot', 'b.heapsnapshot']) writeFileSync(join(directory, name), '');
  const fourth = await request('POST', '/debug/heap-snapshot', 'admin');
  expect([fourth.status, JSON.parse(fourth.text).code]).toEqual([409, 'too_many_snapshots']);
  await expect
    .poll(() => auditOf('/debug/heap-snapshot').map((line) => line.status))
    .toEqual(expect.arrayContaining([201, 409]));
});
