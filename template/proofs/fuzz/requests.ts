import { METHODS } from 'node:http';
import * as fc from 'fast-check';
import type { JsonSchema, OpenApiDocument, Operation, Parameter } from './document.ts';
import { valuesFor } from './schema-values.ts';

export interface FuzzedRequest {
  operation: Operation;
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: string | undefined;
  /** How the end of the body is delimited. */
  framing: 'length' | 'chunked';
}

/** Placeholder in a header for the latest entity tag of the target. */
const LAST_ETAG = '<last entity tag>';

/** Any bytes, as Latin-1. */
const junk = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
/** Text for one line of a request, mostly what a parser accepts. hostile.test.ts covers line ends. */
const junkInLine = mostly(fc.string(), fc.stringMatching(/^[\x20-\x7e\x80-\xff]*$/), junk.map(withoutLineEnds));
const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);

/** Generates requests around an operation: some match the document, most have mistakes, and a few are arbitrary. */
export function requestsFor(operation: Operation, document: OpenApiDocument): fc.Arbitrary<FuzzedRequest> {
  const { parameters = [] } = operation;
  return fc.record({
    operation: fc.constant(operation),
    method: mostly(fc.constant(operation.method), fc.constantFrom(...METHODS), token),
    target: targets(operation.template, parameters, document),
    headers: headers(parameters),
    body: bodies(operation, document),
    framing: fc.constantFrom('length', 'chunked'),
  });
}

function withoutLineEnds(text: string): string {
  return text.replace(/[\r\n]/g, '');
}

function mostly<T>(usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

function targets(template: string, parameters: Parameter[], document: OpenApiDocument): fc.Arbitrary<string> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const paths = inPath.reduce(
    (path, { name, schema }) =>
      fc.tuple(path, segments(schema, document)).map(([text, value]) => text.replace(`{${name}}`, () => value)),
    fc.constant(template),
  );
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  return mostly(
    fc.tuple(paths, queries(inQuery, document)).map(([path, query]) => path + query),
    junkInLine,
  );
}

function segments(schema: JsonSchema, document: OpenApiDocument): fc.Arbitrary<string> {
  // Reuses a few names, so that requests find existing items to replace and delete.
  const known = fc.constantFrom('a', 'b', 'c');
  const encoded = valuesFor(schema, document).map((value) => encode(textOf(value)));
  return fc.oneof(
    { weight: 10, arbitrary: known },
    { weight: 3, arbitrary: encoded },
    { weight: 1, arbitrary: junkInLine },
  );
}

function queries(parameters: Parameter[], document: OpenApiDocument): fc.Arbitrary<string> {
  const documented = parameters.map(({ name, schema }) =>
    fc.option(
      valuesFor(schema, document).map((value) => `${name}=${encode(textOf(value))}`),
      { nil: '' },
    ),
  );
  const unknown = fc.tuple(token, junkInLine).map(([name, value]) => `${name}=${encode(value)}`);
  const all = fc.tuple(...documented, fc.option(unknown, { nil: '', freq: 2 }));
  const wellFormed = all.map((pairs) => pairs.filter((pair) => pair !== '').join('&'));
  return mostly(wellFormed, junkInLine).map((query) => (query === '' ? '' : `?${query}`));
}

function headers(parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  const documented = parameters.filter((parameter) => parameter.in === 'header');
  const odd = fc.constantFrom('*', '"x"', 'W/"x"', '"a", "b"', '');
  const values = fc.oneof({ weight: 8, arbitrary: fc.constant(LAST_ETAG) }, odd, junkInLine);
  const conditions = documented.map(({ name }) =>
    fc.option(
      values.map((value): [string, string] => [name, value]),
      { nil: undefined, freq: 2 },
    ),
  );
  const type = mostly(
    fc.constant('application/json'),
    fc.constantFrom('text/plain', 'application/xml', ''),
    junkInLine,
  );
  const contentType = fc.option(
    type.map((value): [string, string] => ['Content-Type', value]),
    { nil: undefined, freq: 9 },
  );
  const special = fc.constantFrom(
    'Accept',
    'X-Request-Id',
    'traceparent',
    'X-Forwarded-For',
    'Range',
    'Content-Encoding',
  );
  const strange = fc.array(fc.tuple(mostly(special, token), junkInLine), { maxLength: 3 });
  return fc
    .tuple(strange, contentType, ...conditions)
    .map(([others, ...named]) => [...others.filter(isNotFraming), ...named.filter((pair) => pair !== undefined)]);
}

/** Excludes Host and the headers that delimit the body, which hostile.test.ts covers. */
function isNotFraming([name]: [string, string]): boolean {
  return !['content-length', 'transfer-encoding', 'host'].includes(name.toLowerCase());
}

const ABOVE_BODY_LIMIT = 1024 * 1024 + 1;

function bodies({ requestBody }: Operation, document: OpenApiDocument): fc.Arbitrary<string | undefined> {
  const schema = requestBody?.content?.['application/json']?.schema;
  const documented = schema
    ? valuesFor(schema, document).map((value) => utf8(JSON.stringify(value)))
    : fc.constant(undefined);
  return fc.oneof(
    { weight: 60, arbitrary: documented },
    { weight: 10, arbitrary: fc.json().map(utf8) },
    { weight: 10, arbitrary: junk },
    { weight: 10, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(ABOVE_BODY_LIMIT)) },
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Percent-encodes a text. Replaces lone surrogates, which cannot be encoded, with U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Returns the bytes of the request, as Latin-1. */
export function wireFormat(request: FuzzedRequest, lastEtag: string): string {
  const { method, target, headers, body, framing } = request;
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: fuzz'];
  for (const [name, value] of headers) lines.push(`${name}: ${value === LAST_ETAG ? lastEtag : value}`);
  if (body === undefined) return `${lines.join('\r\n')}\r\n\r\n`;
  if (framing === 'length') return `${[...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
  const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
  return `${[...lines, 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n${chunk}0\r\n\r\n`;
}
