/** Sends requests that succeed, fail and conflict, so that every view has something to show. */
export async function sendTraffic(url: string): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const put = (key: string, body: string, headers = {}) =>
    fetch(`${url}/v1/flags/${key}`, { method: 'PUT', headers: { ...json, ...headers }, body });
  for (const key of ['new-checkout', 'dark-mode', 'fast-search', 'beta-invoices']) {
    await put(key, '{"enabled":true}');
    await fetch(`${url}/v1/flags/${key}`);
  }
  await fetch(`${url}/v1/flags?limit=3`);
  await fetch(`${url}/v1/flags/unknown`);
  await fetch(`${url}/v1/peers`);
  await fetch(`${url}/v2/flags`);
  await put('dark-mode', '{"enabled":false}', { 'if-match': '"stale"' });
  await put('dark-mode', '{"enabled":"perhaps"}');
  await fetch(`${url}/v1/flags?limit=20`);
}
