import { promisify } from 'node:util';
import type { Metrics } from './metrics.ts';

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
  // Loaded only now, because that takes 5 ms of CPU time.
  const { gzip } = process.getBuiltinModule('node:zlib');
  const compressed = await promisify(gzip)(body, { level: 1 });
  return { headers: { ...headers, 'content-encoding': 'gzip' }, body: compressed };
}

/** A weight of 0 excludes a coding. */
function acceptsGzip(accepted: string): boolean {
  const codings = accepted.split(',').map((coding) => coding.trim());
  return codings.some((coding) => /^gzip\b/i.test(coding) && !/q=0(?:\.0*)?$/i.test(coding));
}
