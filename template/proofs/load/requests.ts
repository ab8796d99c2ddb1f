/** A request as it goes over the wire, and the status that its answer must have. */
export interface Request {
  bytes: string;
  expected: number;
}

/** A GET that expects 200, in HTTP/1.1 or in HTTP/1.0 with or without the wish to keep the connection. */
export function get(path: string, version: '1.1' | '1.0' | '1.0 keep-alive' = '1.1'): Request {
  const [httpVersion, wish] = version.split(' ');
  const connection = wish === undefined ? '' : `Connection: ${wish}\r\n`;
  return { bytes: `GET ${path} HTTP/${httpVersion}\r\nHost: load\r\n${connection}\r\n`, expected: 200 };
}

/** A PUT of a new JSON document, that expects 201; in two parts, so that the body can be sent slowly. */
export function putInParts(path: string, document: object): { head: Request; body: string } {
  const body = JSON.stringify(document);
  const lines = [
    `PUT ${path} HTTP/1.1`,
    'Host: load',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return { head: { bytes: `${lines.join('\r\n')}\r\n\r\n`, expected: 201 }, body };
}
