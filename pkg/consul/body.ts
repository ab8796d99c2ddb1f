import { ConsulError } from './errors.ts';

/** Reads unchecked values from a Consul response. Throws ConsulError `CONSUL_PROTOCOL` for an unexpected type. */
export interface BodyReader {
  objects(value: unknown): object[];
  string(value: object, name: string): string;
  integer(value: object, name: string): number;
  boolean(value: unknown): boolean;
}

export function readBody(operation: string): BodyReader {
  function unexpected(what: string): ConsulError {
    return new ConsulError(`unexpected response: ${what}`, { code: 'CONSUL_PROTOCOL', operation });
  }
  return {
    objects(value) {
      const items: unknown[] = Array.isArray(value) ? value : [value];
      return items.map((item) => {
        if (typeof item !== 'object' || item === null) throw unexpected('not an object');
        return item;
      });
    },
    string(value, name) {
      const found: unknown = Reflect.get(value, name);
      if (typeof found !== 'string') throw unexpected(`${name} is not a string`);
      return found;
    },
    integer(value, name) {
      const found: unknown = Reflect.get(value, name);
      if (typeof found !== 'number' || !Number.isSafeInteger(found)) throw unexpected(`${name} is not an integer`);
      return found;
    },
    boolean(value) {
      if (typeof value !== 'boolean') throw unexpected('not a boolean');
      return value;
    },
  };
}
