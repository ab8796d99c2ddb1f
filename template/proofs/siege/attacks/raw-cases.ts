import * as fc from 'fast-check';
import { type Attack, addressesOf, firstStatus, openFrom, pause } from './attack.ts';

/** Raw bytes to send. */
export interface RawCase {
  bytes: string;
  /** Why the request is not valid HTTP/1.1; undefined if it may be valid. A 2xx response to an invalid request is a fault. */
  invalid: string | undefined;
}

type Piece = readonly [text: string, invalid?: string];

const token = fc.stringMatching(/^[A-Za-z]{1,12}$/);
const junk = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));

function pieces(valid: readonly Piece[], invalid: readonly Piece[]): fc.Arbitrary<Piece> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...valid) },
    { weight: 1, arbitrary: fc.constantFrom(...invalid) },
  );
}

// RFC 9112 §3: method SP request-target SP HTTP-version, with a supported version.
const requestLines = pieces(
  [
    ['GET /healthz HTTP/1.1'],
    ['GET /version HTTP/1.1'],
    ['GET /v1/flags HTTP/1.1'],
    ['POST /nope HTTP/1.1'],
    ['OPTIONS * HTTP/1.1'],
    ['GET http://siege.example/healthz HTTP/1.1'],
    ['GET //healthz HTTP/1.1'],
    ['GET /%2e%2e/healthz HTTP/1.1'],
    ['GET /healthz?%ff=%00 HTTP/1.1'],
  ],
  [
    ['GET /healthz HTTP/2.0', 'version'],
    ['GET /healthz HTTP/0.9', 'version'],
    ['GET /healthz HTTP/3.7', 'version'],
    ['GET /healthz http/1.1', 'version'],
    ['GET /healthz HTTP/1.1.1', 'version'],
    ['GET /healthz', 'version'],
    // RFC 9112 §3 lets a server accept more than one space.
    ['GET  /healthz HTTP/1.1'],
    ['GET\t/healthz HTTP/1.1', 'spaces'],
    [' GET /healthz HTTP/1.1', 'spaces'],
    ['GET /heal thz HTTP/1.1', 'spaces'],
    ['GE\x00T /healthz HTTP/1.1', 'method'],
    ['get /healthz HTTP/1.1', 'method'],
    ['GET healthz HTTP/1.1', 'target'],
    ['GET /\x7f HTTP/1.1', 'target'],
  ],
);

// RFC 9112 §3.2: exactly one Host, with a valid value.
const hosts = pieces(
  [
    ['Host: siege.example'],
    ['Host: siege.example:8080'],
    ['Host: 127.0.0.1'],
    ['Host: [::1]:80'],
    ['hOsT:siege.example '],
  ],
  [
    ['', 'host'],
    ['Host: a\r\nHost: b', 'host'],
    ['Host: a\r\nHost: a', 'host'],
    ['Host: a, b', 'host'],
    ['Host: a@b', 'host'],
    ['Host: a b', 'host'],
    ['Host: a/b', 'host'],
    ['Host: a:port', 'host'],
    ['Host: a:80:80', 'host'],
    ['Host: [::1', 'host'],
    ['Host: http://a', 'host'],
    ['Host : a', 'host'],
    ['Host: \x01', 'host'],
  ],
);

// RFC 9112 §6: either a length, or chunked as the only coding.
const framings = pieces(
  [
    ['X: y\r\n\r\n'],
    ['Content-Length: 0\r\n\r\n'],
    ['Content-Length: 2\r\n\r\n{}'],
    ['Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n'],
  ],
  [
    ['Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 'length'],
    ['Content-Length: -1\r\n\r\n', 'length'],
    ['Content-Length: 0x2\r\n\r\n{}', 'length'],
    ['Content-Length: 99999999999999999999\r\n\r\n{}', 'length'],
    ['Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'coding and length'],
    ['Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 'coding'],
    ['Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', 'coding'],
    ['Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n', 'coding'],
    ['Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 'coding'],
    ['Transfer-Encoding: identity\r\n\r\n', 'coding'],
    ['Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n', 'chunk'],
    ['Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n', 'chunk'],
    ['Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n', 'chunk'],
    ['X : y\r\n\r\n', 'field'],
    ['X: y\r\n folded: z\r\n\r\n', 'field'],
    ['X: \x00\r\n\r\n', 'field'],
    ['no colon\r\n\r\n', 'field'],
    [': no name\r\n\r\n', 'field'],
  ],
);

const extras = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  fc.tuple(token, fc.stringMatching(/^[\x20-\x7e]{0,60}$/)).map(([name, value]) => `X-${name}: ${value}\r\n`),
  fc.integer({ min: 1, max: 30_000 }).map((length) => `X-Long: ${'x'.repeat(length)}\r\n`),
  fc.integer({ min: 1, max: 2500 }).map((count) => 'X: y\r\n'.repeat(count)),
);

const composed = fc.tuple(requestLines, hosts, extras, framings).map(([line, host, extra, framing]): RawCase => {
  const hostLine = host[0] === '' ? '' : `${host[0]}\r\n`;
  const invalid = [line, host, framing].flatMap(([, reason]) => reason ?? []).join(' + ');
  return { bytes: `${line[0]}\r\n${hostLine}${extra}${framing[0]}`, invalid: invalid === '' ? undefined : invalid };
});

/** Truncates a request, repeats it, or inserts random bytes. The result may or may not be valid. */
const mangled = fc
  .tuple(composed, fc.double({ min: 0, max: 1, noNaN: true }), junk, fc.nat({ max: 3 }))
  .map(([{ bytes }, share, noise, how]): RawCase => {
    const at = Math.floor(share * bytes.length);
    const variants = [bytes.slice(0, at), `${bytes.slice(0, at)}${noise}${bytes.slice(at)}`, bytes.repeat(3), noise];
    return { bytes: variants[how] ?? '', invalid: undefined };
  });

const cases = fc.oneof({ weight: 3, arbitrary: composed }, { weight: 1, arbitrary: mangled });

/** Generates cases. The same seed yields the same cases. */
export function rawCases(seed: number, count: number): RawCase[] {
  return fc.sample(cases, { seed, numRuns: count });
}

const CHUNK = 100;

/** Sends generated bytes, each case on a new connection that is half-closed afterwards. */
export const malformedRequests: Attack = async (context) => {
  const { url, adminUrl, seed, caseRate, signal } = context;
  for (let chunk = 0; !signal.aborted; chunk++) {
    const [address = ''] = addressesOf(20, chunk, 1);
    for (const [index, rawCase] of rawCases(seed + chunk, CHUNK).entries()) {
      if (signal.aborted) return;
      void send(rawCase, index % 4 === 0 ? adminUrl : url, address, context.count);
      await pause(1000 / caseRate, signal);
    }
  }
};

async function send({ bytes, invalid }: RawCase, url: string, address: string, count: (outcome: string) => void) {
  const socket = openFrom(address, url);
  socket.end(bytes, 'latin1');
  const outcome = await firstStatus(socket, 5000);
  socket.destroy();
  count(outcome);
  if (invalid !== undefined && outcome.startsWith('2')) count(`fault: ${outcome} despite invalid ${invalid}`);
}
