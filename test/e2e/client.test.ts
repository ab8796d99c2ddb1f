import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaults, deleteFlag, getFlag, listFlags, putFlag } from '../../api/client.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
  defaults.baseUrl = service.url;
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

test('the generated client creates, lists, reads and deletes a flag', async () => {
  const created = await putFlag({ key: 'new-checkout', flagInput: { enabled: true } });
  expect(created).toMatchObject({ status: 201, data: { key: 'new-checkout', version: 1 } });
  const page = await listFlags({ limit: 10 });
  if (page.status !== 200) throw new Error(`status ${page.status}`);
  expect(page.data.items.map(({ key }) => key)).toEqual(['new-checkout']);
  const ifMatch = created.headers.get('etag') ?? '';
  expect((await deleteFlag({ key: 'new-checkout', ifMatch })).status).toBe(204);
});

test('the generated client returns errors as typed problem documents', async () => {
  const absent = await getFlag({ key: 'absent' });
  if (absent.status !== 404) throw new Error(`status ${absent.status}`);
  expect(absent.data.code).toBe('flag_not_found');
});
