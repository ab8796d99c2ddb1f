/**
 * - `HTTP_CLIENT_TIMEOUT`: no whole answer in time.
 * - `HTTP_CLIENT_CONNECTION`: no connection, or it broke before the answer was whole, or the answer is no HTTP.
 * - `HTTP_CLIENT_TOO_LARGE`: the answer's body is larger than the client takes.
 * - `HTTP_CLIENT_UNAVAILABLE`: nobody to ask: no healthy instance, or the circuits of all are open.
 *
 * Of the first two nobody knows whether the request took effect.
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
