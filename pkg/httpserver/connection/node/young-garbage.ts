import { setFlagsFromString } from 'node:v8';

/**
 * Stops V8 from allocating objects in the old generation for the rest of the process.
 *
 * V8 does so for code whose first objects lived long. Node.js creates parts of connections, which live long, and of
 * requests, which do not, with the same code, so each request left garbage that only a full collection could free: one
 * per second at full load. Must not be called before the modules are loaded: V8 rejects code caches of other flags.
 */
export function keepGarbageYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
