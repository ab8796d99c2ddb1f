import type { Service } from '../../../../test/support/service.ts';

/** Writes and reads a flag, for what is measured of flags. */
export async function loadFlags({ url }: Service): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await (await fetch(`${url}/v1/flags/observed`, { method: 'PUT', headers, body: '{"enabled":true}' })).text();
}
