/** A parsed response (RFC 9112). Header names are in lower case, text is Latin-1. */
export interface RawResponse {
  status: number;
  httpVersion: string;
  headers: ReadonlyMap<string, string>;
  body: string;
}

export interface ResponseReaderOptions {
  onResponse(response: RawResponse): void;
  /** Whether the next response belongs to a HEAD request and therefore has no body, regardless of its headers. */
  nextIsHead(): boolean;
}

export interface ResponseReader {
  push(text: string): void;
  /** Must be called when the peer closes the connection. Completes a body that is delimited by the close. */
  end(): void;
  /** Whether a response has arrived only partially. */
  readonly isPartial: boolean;
}

type Head = Omit<RawResponse, 'body'>;

/** Reads responses from a connection. Client libraries hide truncated responses and resets, which the tests look for. */
export function createResponseReader({ onResponse, nextIsHead }: ResponseReaderOptions): ResponseReader {
  let unread = '';
  let head: Head | undefined;

  function takeResponse(): boolean {
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
    deliver(taken.body);
    return true;
  }

  function deliver(body: string): void {
    if (head === undefined) return;
    const response = { ...head, body };
    head = undefined;
    onResponse(response);
  }

  return {
    push(text) {
      unread += text;
      while (unread !== '' || head !== undefined) if (!takeResponse()) return;
    },
    end() {
      if (head === undefined || head.headers.has('content-length') || isChunked(head)) return;
      const body = unread;
      unread = '';
      deliver(body);
    },
    get isPartial() {
      return unread !== '' || head !== undefined;
    },
  };
}

function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, httpVersion, status] = /^HTTP\/(\d\.\d) (\d{3})( |$)/.exec(statusLine) ?? [];
  if (httpVersion === undefined || status === undefined) throw new Error(`invalid status line: ${statusLine}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), httpVersion, headers };
}

/** Returns the body at the start of `text` and its encoded length, or undefined if it is not complete yet. */
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
