import { type Answer, createAnswerReader } from './answer-reader.ts';
import type { Connect } from './connect.ts';

/** A request that got no whole answer. */
export class LostRequest extends Error {
  override readonly name = 'LostRequest';
  /** `refused`: no connection; `unanswered`: it ended before an answer; `cut`: within one; `late`: it took too long. */
  readonly how: 'refused' | 'unanswered' | 'cut' | 'late';

  constructor(how: LostRequest['how'], cause: Error | undefined) {
    super(`${how}${cause ? ` (${cause.message})` : ''}`, { cause });
    this.how = how;
  }
}

export interface RequestOptions {
  /** It is a HEAD request. Default: no. */
  head?: boolean;
}

export interface Connection {
  /** Sends the bytes (Latin-1) at once, whatever is still unanswered. Rejects with a {@link LostRequest}. */
  ask(bytes: string, options?: RequestOptions): Promise<Answer>;
  /** Sends the same request several times in one write: pipelining. */
  askTimes(count: number, bytes: string): Promise<Answer>[];
  /** Sends more bytes of a request that was startedAt with {@link ask}. */
  send(bytes: string): void;
  /** Whether another request may be sent: neither side has closed, and no answer has asked for it. */
  readonly usable: boolean;
  /** Whether an answer said `Connection: close`. */
  readonly toldToClose: boolean;
  /** Time of the latest request, on the clock of `performance.now()`; -Infinity before the first. */
  readonly askedAt: number;
  close(): void;
  /** Resolves when the connection is gone, with the error that ended it, if it was one. */
  readonly closed: Promise<Error | undefined>;
}

interface Waiting {
  head: boolean;
  resolve(answer: Answer): void;
  reject(error: LostRequest): void;
}

/** @param limitMs longest silence of the peer while an answer is due, in milliseconds. */
export function openConnection(connect: Connect, limitMs = 15_000): Connection {
  const socket = connect();
  const waiting: Waiting[] = [];
  const gone = Promise.withResolvers<Error | undefined>();
  let connected = false;
  let ended = false;
  let toldToClose = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: Error | undefined;
  let late = false;

  const reader = createAnswerReader({
    nextIsHead: () => waiting[0]?.head ?? false,
    onAnswer(answer) {
      if (isLast(answer)) toldToClose = true;
      waiting.shift()?.resolve(answer);
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
    late = true;
    socket.destroy();
  });
  socket.on('close', () => {
    ended = true;
    for (const [index, request] of waiting.splice(0).entries())
      request.reject(new LostRequest(howLost(index), failure));
    gone.resolve(failure);
  });

  function howLost(index: number): LostRequest['how'] {
    if (late) return 'late';
    if (!connected) return 'refused';
    return index === 0 && reader.startedAt ? 'cut' : 'unanswered';
  }

  function answerDue(head: boolean): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (ended) reject(new LostRequest('unanswered', failure));
    else waiting.push({ head, resolve, reject });
    return promise;
  }

  function send(bytes: string): void {
    if (!ended) socket.write(bytes, 'latin1');
  }

  return {
    ask(bytes, { head = false } = {}) {
      askedAt = performance.now();
      const answer = answerDue(head);
      send(bytes);
      return answer;
    },
    askTimes(count, bytes) {
      askedAt = performance.now();
      const answers = Array.from({ length: count }, () => answerDue(false));
      send(bytes.repeat(count));
      return answers;
    },
    send,
    get usable() {
      return !ended && !toldToClose && failure === undefined;
    },
    get toldToClose() {
      return toldToClose;
    },
    get askedAt() {
      return askedAt;
    },
    close: () => void socket.destroy(),
    closed: gone.promise,
  };
}

/** RFC 9112 §9.3: HTTP/1.0 closes unless it is told to stay, HTTP/1.1 stays unless it is told to close. */
function isLast({ httpVersion, headers }: Answer): boolean {
  const connection = headers.get('connection')?.toLowerCase();
  return httpVersion === '1.0' ? connection !== 'keep-alive' : connection === 'close';
}
