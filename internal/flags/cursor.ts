import { FLAG_KEY_PATTERN, MAX_KEY_LENGTH } from './model.ts';

const FLAG_KEY = new RegExp(FLAG_KEY_PATTERN, 'u');

/** Length of the longest cursor: base64url encodes three bytes as four characters. */
export const MAX_CURSOR_LENGTH = Math.ceil((MAX_KEY_LENGTH * 4) / 3);

/** Returns the cursor that resumes a list after `lastKey`. It stays valid when flags are written or deleted. */
export function encodeCursor(lastKey: string): string {
  return Buffer.from(lastKey).toString('base64url');
}

/** Returns the key that a cursor resumes after, or undefined if `encodeCursor` cannot have created the cursor. */
export function decodeCursor(cursor: string): string | undefined {
  const key = Buffer.from(cursor, 'base64url').toString();
  // Compared with its own encoding, because Buffer ignores characters that are not base64url.
  return FLAG_KEY.test(key) && encodeCursor(key) === cursor ? key : undefined;
}
