import { randomFillSync } from 'node:crypto';

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Returns the id of a request: the client's `x-request-id` if it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a new
 * UUID. The id ends up in logs and in headers to other services, so no other characters are accepted.
 */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUuid();
}

/** Random bytes, generated in bulk. */
const pool = Buffer.alloc(4096);
let used = pool.length;

const text = Buffer.from('00000000-0000-0000-0000-000000000000');
/** Where the digits of each byte are in the text. */
const POSITIONS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/**
 * Returns a random UUID (RFC 9562, version 4). That of `crypto.randomUUID` consists of twenty strings, which take ten times
 * as much memory, and V8 has to join them for each use.
 */
function randomUuid(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  // The version and the variant.
  pool[used + 6] = 0x40 | ((pool[used + 6] ?? 0) & 0x0f);
  pool[used + 8] = 0x80 | ((pool[used + 8] ?? 0) & 0x3f);
  for (const position of POSITIONS) {
    const byte = pool[used++] ?? 0;
    text[position] = DIGITS[byte >> 4] ?? 0;
    text[position + 1] = DIGITS[byte & 0x0f] ?? 0;
  }
  return text.toString('latin1');
}
