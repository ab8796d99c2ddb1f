/** A response as it came over the wire (RFC 9112). Header names are in lower case, text is Latin-1. */
export interface Answer {
  status: number;
  httpVersion: string;
  headers: ReadonlyMap<string, string>;
  body: string;
}

export interface AnswerReaderOptions {
  onAnswer(answer: Answer): void;
  /** Whether the next answer belongs to a HEAD request, and so has no body whatever its headers say. */
  nextIsHead(): boolean;
}

export interface AnswerReader {
  push(text: string): void;
  /** The peer has closed: completes a body that lasts until then. */
  end(): void;
  /** Whether part of an answer has come. */
  readonly startedAt: boolean;
}

type Head = Omit<Answer, 'body'>;

/** Reads answers from a connection. Of our own, because a client library hides what is to be seen: cuts and resets. */
export function createAnswerReader({ onAnswer, nextIsHead }: AnswerReaderOptions): AnswerReader {
  let unread = '';
  let head: Head | undefined;

  function takeAnswer(): boolean {
    if (head === undefined) {
      const end = unread.indexOf('\r\n\r\n');
      if (end < 0) return false;
      head = parseHead(unread.slice(0, end));
      unread = unread.slice(end + 4);
    }
    if (head.status < 200) {
      head = undefined;
      return true;
    }
    const taken = takeBody(head, unread, nextIsHead());
    if (taken === undefined) return false;
    unread = unread.slice(taken.length);
    give(taken.body);
    return true;
  }

  function give(body: string): void {
    if (head === undefined) return;
    const answer = { ...head, body };
    head = undefined;
    onAnswer(answer);
  }

  return {
    push(text) {
      unread += text;
      while (unread !== '' || head !== undefined) if (!takeAnswer()) return;
    },
    end() {
      if (head === undefined || head.headers.has('content-length') || isChunked(head)) return;
      const body = unread;
      unread = '';
      give(body);
    },
    get startedAt() {
      return unread !== '' || head !== undefined;
    },
  };
}

function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, httpVersion, status] = /^HTTP\/(\d\.\d) (\d{3})( |$)/.exec(statusLine) ?? [];
  if (httpVersion === undefined || status === undefined) throw new Error(`not a status line: ${statusLine}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), httpVersion, headers };
}

/** The body at the beginning of `text` and the length it takes there; undefined while it is not complete. */
function takeBody(head: Head, text: string, isHead: boolean): { body: string; length: number } | undefined {
  if (isHead || head.status === 204 || head.status === 304) return { body: '', length: 0 };
  if (isChunked(head)) return takeChunks(text);
  const length = Number(head.headers.get('content-length') ?? Number.NaN);
  return text.length >= length ? { body: text.slice(0, length), length } : undefined;
}

function isChunked({ headers }: Head): boolean {
  return headers.get('transfer-encoding') === 'chunked';
}

function takeChunks(text: string): { body: string; length: number } | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { body, length: next };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
