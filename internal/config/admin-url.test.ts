import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adminUrl } from './admin-url.ts';

const input = { set: [], defaultConfigDir: join(import.meta.dirname, '../../config') };

test.each([
  ['0.0.0.0', 'http://127.0.0.1:9091'],
  ['::', 'http://127.0.0.1:9091'],
  ['::1', 'http://[::1]:9091'],
  ['10.1.2.3', 'http://10.1.2.3:9091'],
])('the URL of a listener on %s is %s', (host, url) => {
  expect(adminUrl({ ...input, env: { SKIFF_ADMIN_HOST: host } })).toBe(url);
});
