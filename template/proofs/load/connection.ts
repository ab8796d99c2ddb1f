import type { Connect } from './connect.ts';
import { createResponseReader, type RawResponse } from './response-reader.ts';

/** The error of a request that got no complete response. */
export class LostRequest extends Error {
  override readonly name = 'LostRequest';
  /** `no response` and `incomplete`: the connection ended before the response began, or before it was complete. */
  readonly reason: 'not connected' | 'no response' | 'incomplete' | 'timed out';

  constructor(reason: LostRequest['reason'], cause: Error | undefined) {
    super(`${reason}${cause ? ` (${cause.message})` : ''}`, { cause });
    this.reason = reason;
  }
}

export interface RequestOptions {
  /** Whether it is a HEAD request. Default: false. */
  head?: boolean;
}

export interface Connection {
  /** Sends the bytes (Latin-1) at once, even if responses are outstanding. Rejects with a {@link LostRequest}. */
  request(bytes: string, options?: RequestOptions): Promise<RawResponse>;
  /** Sends the same request `count` times in one write (pipelining). */
  pipeline(count: number, bytes: string): Promise<RawResponse>[];
  /** Sends further bytes of a request that was started with {@link request}. */
  write(bytes: string): void;
  /** Whether another request may be sent: neither side has closed the connection or announced that it will. */
  readonly usable: boolean;
  /** Whether a response had `Connection: close`. */
  readonly closeAnnounced: boolean;
  /** `performance.now()` at the latest request, or -Infinity before the first one. */
  readonly lastRequestAt: number;
  close(): void;
  /** Resolves when the connection is closed, with the error that closed it, if any. */
  readonly closed: Promise<Error | undefined>;
}

interface Waiting {
  head: boolean;
  resolve(response: RawResponse): void;
  reject(error: LostRequest): void;
}

/** @param limitMs longest time without data from the peer while a response is outstanding, in milliseconds. */
export function openConnection(connect: Connect, limitMs = 15_000): Connection {
  const socket = connect();
  const waiting: Waiting[] = [];
  const closed = Promise.withResolvers<Error | undefined>();
  let connected = false;
  let ended = false;
  let closeAnnounced = false;
  let lastRequestAt = Number.NEGATIVE_INFINITY;
  let failure: Error | undefined;
  let timedOut = false;

  const reader = createResponseReader({
    nextIsHead: () => waiting[0]?.head ?? false,
    onResponse(response) {
      if (isLast(response)) closeAnnounced = true;
      waiting.shift()?.resolve(response);
    },
  });

  socket.setEncoding('latin1');
  socket.once('connect', () => {
    connected = true;
  });
  socket.on('data', (text: string) => reader.push(text));
  socket.on('end', () => {
    ended = true;
    reader.end();
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.setTimeout(limitMs, () => {
    if (waiting.length === 0) return;
    timedOut = true;
    socket.destroy();
  });
  socket.on('close', () => {
    ended = true;
    for (const [index, request] of waiting.splice(0).entries())
      request.reject(new LostRequest(reasonOfLoss(index), failure));
    closed.resolve(failure);
  });

  function reasonOfLoss(index: number): LostRequest['reason'] {
    if (timedOut) return 'timed out';
    if (!connected) return 'not connected';
    return index === 0 && reader.isPartial ? 'incomplete' : 'no response';
  }

  function expectResponse(head: boolean): Promise<RawResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
    if (ended) reject(new LostRequest('no response', failure));
    else waiting.push({ head, resolve, reject });
    return promise;
  }

  function write(bytes: string): void {
    if (!ended) socket.write(bytes, 'latin1');
  }

  return {
    request(bytes, { head = false } = {}) {
      lastRequestAt = performance.now();
      const response = expectResponse(head);
      write(bytes);
      return response;
    },
    pipeline(count, bytes) {
      lastRequestAt = performance.now();
      const responses = Array.from({ length: count }, () => expectResponse(false));
      write(bytes.repeat(count));
      return responses;
    },
    write,
    get usable() {
      return !ended && !closeAnnounced && failure === undefined;
    },
    get closeAnnounced() {
      return closeAnnounced;
    },
    get lastRequestAt() {
      return lastRequestAt;
    },
    close: () => void socket.destroy(),
    closed: closed.promise,
  };
}

/** Implements RFC 9112 §9.3: HTTP/1.0 closes unless the header is `keep-alive`, HTTP/1.1 persists unless it is `close`. */
function isLast({ httpVersion, headers }: RawResponse): boolean {
  const connection = headers.get('connection')?.toLowerCase();
  return httpVersion === '1.0' ? connection !== 'keep-alive' : connection === 'close';
}
