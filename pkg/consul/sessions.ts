import { readBody } from './body.ts';
import type { CallOptions, ConsulClient } from './client.ts';
import { isConsulError } from './errors.ts';

/** https://developer.hashicorp.com/consul/api-docs/session */
export interface ConsulSessions {
  /**
   * @param ttlMs 10,000 to 86,400,000. A lower bound: Consul may take up to twice as long to expire a session.
   * @param lockDelayMs 0 to 60,000: how long the locks of an expired session cannot be acquired.
   * @returns the session's id.
   */
  create(options: { name: string; ttlMs: number; lockDelayMs: number } & CallOptions): Promise<string>;
  /** Returns false if the session no longer exists. */
  renew(id: string, options?: CallOptions): Promise<boolean>;
  destroy(id: string, options?: CallOptions): Promise<void>;
}

export function createSessions(client: ConsulClient): ConsulSessions {
  const rule = 'session_prefix "" { policy = "write" }';
  return {
    async create({ name, ttlMs, lockDelayMs, ...options }) {
      const description = { operation: `create session ${name}`, rule };
      const { body } = await client.call(description, options, (consul, common) =>
        consul.session.create({
          name,
          ttl: `${ttlMs}ms`,
          lockdelay: `${lockDelayMs}ms`,
          behavior: 'release',
          ...common,
        }),
      );
      const read = readBody(description.operation);
      const [session = {}] = read.objects(body);
      return read.string(session, 'ID');
    },

    async renew(id, options = {}) {
      try {
        await client.call({ operation: `renew session ${id}`, rule }, options, (consul, common) =>
          consul.session.renew({ id, ...common }),
        );
        return true;
      } catch (error) {
        if (isConsulError(error) && error.status === 404) return false;
        throw error;
      }
    },

    async destroy(id, options = {}) {
      await client.call({ operation: `destroy session ${id}`, rule }, options, (consul, common) =>
        consul.session.destroy({ id, ...common }),
      );
    },
  };
}
