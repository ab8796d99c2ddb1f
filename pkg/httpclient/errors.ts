/**
 * - `HTTP_CLIENT_TIMEOUT`: no complete response in time.
 * - `HTTP_CLIENT_CONNECTION`: no connection, a connection that broke before the response was complete, or invalid HTTP.
 * - `HTTP_CLIENT_TOO_LARGE`: the response body exceeds the client's limit.
 * - `HTTP_CLIENT_UNAVAILABLE`: no healthy instance, or the circuits of all instances are open.
 *
 * After the first two, it is unknown whether the request took effect.
 */
export type HttpClientErrorCode =
  | 'HTTP_CLIENT_TIMEOUT'
  | 'HTTP_CLIENT_CONNECTION'
  | 'HTTP_CLIENT_TOO_LARGE'
  | 'HTTP_CLIENT_UNAVAILABLE';

export class HttpClientError extends Error {
  override readonly name = 'HttpClientError';
  readonly code: HttpClientErrorCode;

  constructor(message: string, { code, cause }: { code: HttpClientErrorCode; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}

export function isHttpClientError(error: unknown, ...codes: readonly HttpClientErrorCode[]): error is HttpClientError {
  return error instanceof HttpClientError && (codes.length === 0 || codes.includes(error.code));
}
