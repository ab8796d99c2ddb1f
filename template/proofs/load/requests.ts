/** The bytes of a request, and the expected status of its response. */
export interface Request {
  bytes: string;
  expected: number;
}

/** Returns a GET that expects 200, in HTTP/1.1, or in HTTP/1.0 with or without `Connection: keep-alive`. */
export function get(path: string, version: '1.1' | '1.0' | '1.0 keep-alive' = '1.1'): Request {
  const [httpVersion, persistence] = version.split(' ');
  const connection = persistence === undefined ? '' : `Connection: ${persistence}\r\n`;
  return { bytes: `GET ${path} HTTP/${httpVersion}\r\nHost: load\r\n${connection}\r\n`, expected: 200 };
}

/** Returns a PUT of a new JSON document that expects 201, with head and body separate so that the body can be sent slowly. */
export function splitPut(path: string, document: object): { head: Request; body: string } {
  const body = JSON.stringify(document);
  const lines = [
    `PUT ${path} HTTP/1.1`,
    'Host: load',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return { head: { bytes: `${lines.join('\r\n')}\r\n\r\n`, expected: 201 }, body };
}
