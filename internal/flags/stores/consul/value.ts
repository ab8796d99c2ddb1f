import { Value } from 'typebox/value';
import { type Flag, flagSchema } from '../../model.ts';

/** What a key of Consul holds, as JSON. */
export interface FlagValue {
  readonly flag: Flag;
  /** Random, of each write anew. */
  readonly nonce: string;
}

export function encodeFlag(value: FlagValue): string {
  return JSON.stringify(value);
}

/** `undefined` for what is not the value of the flag with this key: anybody with a token can write to Consul. */
export function decodeFlag(text: string, key: string): FlagValue | undefined {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || !('flag' in value) || !('nonce' in value)) return undefined;
  const { flag, nonce } = value;
  // Also because a revision is made of it, and goes into a header.
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
