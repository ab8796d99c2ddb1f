import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Metrics } from './metrics.ts';

const compress = promisify(gzip);

export interface Scrape {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Returns the metrics in the format and the coding (RFC 9110 §12.5.3: gzip or none) that the request accepts. */
export async function scrape(
  metrics: Metrics,
  request: { accept?: string | undefined; 'accept-encoding'?: string | string[] | undefined },
): Promise<Scrape> {
  const { contentType, body } = await metrics.expose(request.accept);
  const headers = { 'content-type': contentType, vary: 'accept, accept-encoding' };
  if (!acceptsGzip(String(request['accept-encoding'] ?? ''))) return { headers, body };
  return { headers: { ...headers, 'content-encoding': 'gzip' }, body: await compress(body, { level: 1 }) };
}

/** A weight of 0 excludes a coding. */
function acceptsGzip(accepted: string): boolean {
  const codings = accepted.split(',').map((coding) => coding.trim());
  return codings.some((coding) => /^gzip\b/i.test(coding) && !/q=0(?:\.0*)?$/i.test(coding));
}
