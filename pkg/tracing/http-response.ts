/** A response of an HTTP/1.1 server (RFC 9112). */
export interface HttpResponse {
  readonly status: number;
  readonly reason: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the connection can be used for another request. */
  readonly persists: boolean;
}

/** Bytes of a body, and how many bytes it took. */
interface Body {
  readonly bytes: Buffer;
  readonly end: number;
}

/**
 * Reads the response to a POST from all bytes that have arrived. Returns undefined if it is not complete yet. Skips responses
 * with status 1xx.
 *
 * @param isEnd whether the server has closed the connection.
 * @throws Error if the bytes are not a response.
 */
export function readResponse(received: Buffer, isEnd: boolean): HttpResponse | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const [, minor, status, reason = ''] = /^HTTP\/1\.(\d) (\d{3})(?: (.*))?$/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error('the response is not HTTP/1.1');
  const rest = received.subarray(headEnd + 4);
  if (status.startsWith('1')) return readResponse(rest, isEnd);
  const headers = new Map(lines.map(parseField));
  const body = status === '204' ? { bytes: rest.subarray(0, 0), end: 0 } : readBody(rest, headers, isEnd);
  if (body === undefined) return undefined;
  const isLast = isEnd || minor === '0' || headers.get('connection')?.toLowerCase() === 'close';
  const persists = !isLast && body.end === rest.length;
  return { status: Number(status), reason, headers, body: body.bytes, persists };
}

function parseField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function readBody(rest: Buffer, headers: HttpResponse['headers'], isEnd: boolean): Body | undefined {
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return readChunks(rest);
  const length = headers.get('content-length');
  if (length === undefined) return isEnd ? { bytes: rest, end: rest.length } : undefined;
  if (!/^\d+$/.test(length)) throw new Error('the response has an invalid Content-Length');
  const end = Number(length);
  return rest.length < end ? undefined : { bytes: rest.subarray(0, end), end };
}

function readChunks(rest: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const [size] = /^[\da-f]{1,8}/i.exec(rest.toString('latin1', at, lineEnd)) ?? [];
    if (size === undefined) throw new Error('the response has an invalid chunk');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      // Trailers may precede the empty line.
      const last = rest.indexOf('\r\n\r\n', lineEnd);
      return last === -1 ? undefined : { bytes: Buffer.concat(chunks), end: last + 4 };
    }
    if (rest.length < end + 2) return undefined;
    chunks.push(rest.subarray(start, end));
    at = end + 2;
  }
}
