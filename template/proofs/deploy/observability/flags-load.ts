import type { Service } from '../../../../test/support/service.ts';

/** Writes a flag, so that the metrics of flags have values. */
export async function loadFlags({ url }: Service): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await (await fetch(`${url}/v1/flags/observed`, { method: 'PUT', headers, body: '{"enabled":true}' })).text();
}
