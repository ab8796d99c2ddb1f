import { getHeapSnapshot } from 'node:v8';
import { Type } from 'typebox';
import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';
import type { HttpApp } from '../../pkg/httpserver/server.ts';
import type { Config } from '../config/config.ts';
import { assertHeapFits, MAX_SNAPSHOT_MS, writeHeapSnapshot } from './heap-snapshot.ts';
import { type ProfileOptions, profileAllocations, profileCpu } from './profiles.ts';

const MAX_PROFILE_S = 30;

/** Handler timeout, in milliseconds, that lets the longest of these routes finish. */
export const DEBUG_HANDLER_TIMEOUT_MS = 60_000;

const OPERATOR = { access: 'admin', audit: true };

const duration = Type.Object({ seconds: Type.Integer({ minimum: 1, maximum: MAX_PROFILE_S, default: 10 }) });

/**
 * Adds routes for diagnosing a misbehaving instance without a restart, which would destroy the evidence:
 * - profiles, which contain names and sizes but no values;
 * - heap snapshots, which contain every secret of the process: written to a directory of the instance (`snapshotDir`)
 *   or, except in production, sent over HTTP (`enabled`).
 *
 * Only one runs at a time. Each is bounded in time and audited.
 */
export function addDebugRoutes(app: HttpApp, { enabled, snapshotDir }: Config['debug']): void {
  const acquire = createLock();

  function addProfile(name: string, extension: string, profile: (options: ProfileOptions) => Promise<object>): void {
    app.get(`/debug/${name}`, { config: OPERATOR, schema: { querystring: duration } }, async (request, reply) => {
      const release = acquire();
      try {
        const { signal, query } = request;
        const result = await profile({ seconds: query.seconds, signal });
        reply.header('content-disposition', `attachment; filename="${name}.${extension}"`);
        return result;
      } finally {
        release();
      }
    });
  }

  addProfile('cpu', 'cpuprofile', profileCpu);
  addProfile('allocations', 'heapprofile', profileAllocations);

  app.get('/debug/handles', { config: OPERATOR }, async () => {
    const counts: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  });

  if (snapshotDir !== undefined) {
    app.post('/debug/heap-snapshot', { config: OPERATOR }, async (_request, reply) => {
      const release = acquire();
      try {
        return await reply.status(201).send(await writeHeapSnapshot(snapshotDir));
      } finally {
        release();
      }
    });
  }

  if (!enabled) return;
  app.get('/debug/heap', { config: OPERATOR }, (_request, reply) => {
    assertHeapFits();
    const release = acquire();
    const snapshot = getHeapSnapshot();
    const timer = setTimeout(() => snapshot.destroy(new Error('the snapshot took too long')), MAX_SNAPSHOT_MS);
    snapshot.once('close', () => {
      clearTimeout(timer);
      release();
    });
    reply.header('content-disposition', 'attachment; filename="heap.heapsnapshot"');
    return reply.type('application/json').send(snapshot);
  });
}

/** Returns a function that acquires the lock and returns its release. @throws {ProblemError} 409 while it is held. */
function createLock(): () => () => void {
  let held = false;
  return () => {
    if (held) {
      const detail = 'Another profile or heap snapshot is in progress.';
      throw new ProblemError({ status: 409, code: 'debug_busy', detail, headers: { 'retry-after': '5' } });
    }
    held = true;
    return () => {
      held = false;
    };
  };
}
