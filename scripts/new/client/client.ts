import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isHttpClientError } from '../../../pkg/httpclient/errors.ts';
import type { HttpClient, HttpRequest } from '../../../pkg/httpclient/http-client.ts';
import { mapOutage, type Outage, ProblemError } from '../../../pkg/httpserver/problem/problem.ts';

/** The fields of a response that this service reads. Others are ignored, so that the other service may add some. */
const responseSchema = Type.Object({ id: Type.String(), name: Type.String() });
export type SampleThingResponse = Readonly<Static<typeof responseSchema>>;

const outage: Outage = {
  isOutage: (error) => isHttpClientError(error),
  code: 'sample_thing_unavailable',
  detail: 'The sample thing service is unavailable. Try again later.',
  retryAfterSeconds: 5,
};

export interface SampleThingClientOptions {
  /** Base URL. */
  url: string;
  /** Time limit of a call in milliseconds, including retries. */
  timeoutMs: number;
}

export interface SampleThingClient {
  /**
   * Returns undefined if the other service responds with 404. Pass `request.id` and `request.signal` of the request
   * that the call is made for: both services then log the same id, and the call ends with the request.
   *
   * @throws ProblemError 503 if the service is unavailable or too slow, 502 if its response is unexpected.
   */
  get(id: string, options: Pick<HttpRequest, 'requestId' | 'signal'>): Promise<SampleThingResponse | undefined>;
}

/** Creates the client for the sample thing service: `createSampleThingClient(config.sampleThing, { client })` in a domain. */
export function createSampleThingClient(
  { url, timeoutMs }: SampleThingClientOptions,
  { client }: { client: HttpClient },
): SampleThingClient {
  function send(path: string, options: HttpRequest) {
    return mapOutage(() => client.request(`${url}${path}`, { ...options, target: 'sample-thing', timeoutMs }), outage);
  }

  return {
    async get(id, options) {
      const { status, body } = await send(`/v1/items/${encodeURIComponent(id)}`, options);
      if (status === 404) return undefined;
      const value = status === 200 ? parse(body) : undefined;
      if (!Value.Check(responseSchema, value)) throw sampleThingUnexpected(status);
      return value;
    },
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** The status is only logged, because clients of this service have no use for it. */
function sampleThingUnexpected(status: number): ProblemError {
  return new ProblemError({
    status: 502,
    code: 'sample_thing_unexpected',
    detail: 'The sample thing service returned an unexpected response.',
    cause: new Error(`unexpected response with status ${status}`),
  });
}
