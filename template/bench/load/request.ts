export interface HttpRequest {
  method: string;
  path: string;
  /** Default: none. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** Separates the messages in the file that requests.lua reads. */
const RECORD_SEPARATOR = '\x1e';

/** Formats the requests for requests.lua: as HTTP/1.1 messages (RFC 9112) to the host of the URL. */
export function formatMessages(requests: readonly HttpRequest[], url: string): string {
  const { host } = new URL(url);
  return requests
    .map(({ method, path, headers = {}, body = '' }) => {
      const length = body === '' ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` };
      const fields = Object.entries({ Host: host, ...headers, ...length }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      return `${method} ${path} HTTP/1.1\r\n${fields.join('')}\r\n${body}`;
    })
    .join(RECORD_SEPARATOR);
}

/** Formats the requests as an HTTP archive (HAR 1.2), which autocannon reads. */
export function formatArchive(requests: readonly HttpRequest[], url: string): string {
  const { origin } = new URL(url);
  const entries = requests.map(({ method, path, headers = {}, body }) => ({
    request: {
      method,
      url: `${origin}${path}`,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      ...(body !== undefined && { postData: { text: body } }),
    },
  }));
  return JSON.stringify({ log: { version: '1.2', entries } });
}
