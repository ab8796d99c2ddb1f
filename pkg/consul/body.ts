import { ConsulError } from './errors.ts';

/** Reads what Consul has sent, which nobody has checked yet. Throws ConsulError `CONSUL_PROTOCOL` for what is not so. */
export interface BodyReader {
  objects(value: unknown): object[];
  string(value: object, name: string): string;
  integer(value: object, name: string): number;
  boolean(value: unknown): boolean;
}

export function readBody(operation: string): BodyReader {
  function unexpected(what: string): ConsulError {
    return new ConsulError(`unexpected answer: ${what}`, { code: 'CONSUL_PROTOCOL', operation });
  }
  return {
    objects(value) {
      const items: unknown[] = Array.isArray(value) ? value : [value];
      return items.map((item) => {
        if (typeof item !== 'object' || item === null) throw unexpected('no object');
        return item;
      });
    },
    string(value, name) {
      const found: unknown = Reflect.get(value, name);
      if (typeof found !== 'string') throw unexpected(`${name} is no string`);
      return found;
    },
    integer(value, name) {
      const found: unknown = Reflect.get(value, name);
      if (typeof found !== 'number' || !Number.isSafeInteger(found)) throw unexpected(`${name} is no integer`);
      return found;
    },
    boolean(value) {
      if (typeof value !== 'boolean') throw unexpected('neither true nor false');
      return value;
    },
  };
}
