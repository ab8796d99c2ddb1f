import { Value } from 'typebox/value';
import { type Flag, flagSchema } from '../../model.ts';

/** The value of a Consul key, stored as JSON. */
export interface FlagValue {
  readonly flag: Flag;
  /** Random, generated for each write. */
  readonly nonce: string;
}

export function encodeFlag(value: FlagValue): string {
  return JSON.stringify(value);
}

/** Returns undefined if the text is not a flag with this key: any program with a token can write to Consul. */
export function decodeFlag(text: string, key: string): FlagValue | undefined {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || !('flag' in value) || !('nonce' in value)) return undefined;
  const { flag, nonce } = value;
  // Checked because the revision contains it and is sent in a header.
  if (typeof nonce !== 'string' || !/^[\w-]{1,64}$/.test(nonce)) return undefined;
  return Value.Check(flagSchema, flag) && flag.key === key ? { flag, nonce } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
