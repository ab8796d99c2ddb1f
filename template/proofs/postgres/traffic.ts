/** One request with its response. */
export interface Sample {
  readonly kind: 'read' | 'write' | 'plain';
  /** 0 if there was no complete response. */
  readonly status: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Why the response breaks the contract. */
  readonly problem?: string;
}

export interface FlagResponse {
  readonly status: number;
  readonly etag: string;
  readonly body: { version: number; description: string };
}

export interface Traffic {
  readonly samples: readonly Sample[];
  /** Sends a request to one of the instances in turn. */
  send(kind: Sample['kind'], path: string, init?: RequestInit): Promise<FlagResponse>;
}

/** Longer than the service's own limits, so reaching it is a defect. */
const REQUEST_LIMIT_MS = 15_000;

/** Sends requests to the instances at `urls()` and records every response. */
export function createTraffic(urls: () => readonly string[]): Traffic {
  const samples: Sample[] = [];
  let turn = 0;
  return {
    samples,
    async send(kind, path, init = {}) {
      const current = urls();
      turn += 1;
      const startedAt = performance.now();
      const record = (status: number, problem?: string): void =>
        void samples.push({ kind, status, startedAt, endedAt: performance.now(), ...(problem && { problem }) });
      try {
        const url = `${current[turn % current.length]}${path}`;
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
        const { status, headers } = response;
        const text = await response.text();
        record(status, problemOf(kind, status, headers, text));
        return { status, etag: headers.get('etag') ?? '', body: text === '' ? {} : JSON.parse(text) };
      } catch (error) {
        const { cause } = Object(error);
        record(0, `${init.method ?? 'GET'} ${path}: ${error} ${cause ?? ''}`);
        return { status: 0, etag: '', body: { version: 0, description: '' } };
      }
    },
  };
}

/** Responses are successes, conflicts, or 503 with Retry-After and the store's code. */
function problemOf(kind: Sample['kind'], status: number, headers: Headers, text: string): string | undefined {
  if (status === 200 || (kind === 'read' && status === 404)) return undefined;
  if (kind === 'write' && (status === 201 || status === 412)) return undefined;
  const isUnavailable = status === 503 && text.includes('"flag_store_unavailable"') && kind !== 'plain';
  if (isUnavailable && headers.get('retry-after') === '1') return undefined;
  return `${kind}: ${status}, Retry-After ${headers.get('retry-after')}, ${text.slice(0, 300)}`;
}

/** Returns a percentile of the response times, in milliseconds. 0 if there is no sample. */
export function percentile(samples: readonly Sample[], share: number): number {
  const times = samples.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b);
  return Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
}
