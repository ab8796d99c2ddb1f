import { FLAG_KEY_PATTERN, MAX_KEY_LENGTH } from './model.ts';

const FLAG_KEY = new RegExp(FLAG_KEY_PATTERN, 'u');

/** Length of the longest cursor: base64url writes three bytes as four characters. */
export const MAX_CURSOR_LENGTH = Math.ceil((MAX_KEY_LENGTH * 4) / 3);

/** Makes the cursor that resumes a list after `lastKey`: it stays valid whatever is written or deleted meanwhile. */
export function encodeCursor(lastKey: string): string {
  return Buffer.from(lastKey).toString('base64url');
}

/** The key a cursor resumes after; undefined when `encodeCursor` cannot have made it. */
export function decodeCursor(cursor: string): string | undefined {
  const key = Buffer.from(cursor, 'base64url').toString();
  // Encoded again, because Buffer skips over characters that are not base64url.
  return FLAG_KEY.test(key) && encodeCursor(key) === cursor ? key : undefined;
}
