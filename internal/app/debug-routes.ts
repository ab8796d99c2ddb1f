import { getHeapSnapshot } from 'node:v8';
import { Type } from 'typebox';
import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';
import type { HttpApp } from '../../pkg/httpserver/server.ts';
import type { Config } from '../config/config.ts';
import { assertHeapFits, MAX_SNAPSHOT_MS, writeHeapSnapshot } from './heap-snapshot.ts';
import { type ProfileOptions, profileAllocations, profileCpu } from './profiles.ts';

const MAX_PROFILE_S = 30;

/** What the listener has to allow a handler, in milliseconds, for the longest of these to end by itself. */
export const DEBUG_HANDLER_TIMEOUT_MS = 60_000;

const OPERATOR = { access: 'admin', audit: true };

const duration = Type.Object({ seconds: Type.Integer({ minimum: 1, maximum: MAX_PROFILE_S, default: 10 }) });

/**
 * Adds what operators need of an instance that misbehaves, without a restart that would remove the evidence: profiles,
 * which hold names and sizes and no values; heap snapshots, which hold every secret of the process, to a directory on the
 * instance (`snapshotDir`) and, except in production, over HTTP (`enabled`). One at a time; each is bounded and audited.
 */
export function addDebugRoutes(app: HttpApp, { enabled, snapshotDir }: Config['debug']): void {
  const takeTurn = createTurns();

  function addProfile(name: string, extension: string, profile: (options: ProfileOptions) => Promise<object>): void {
    app.get(`/debug/${name}`, { config: OPERATOR, schema: { querystring: duration } }, async (request, reply) => {
      const endTurn = takeTurn();
      try {
        const { signal, query } = request;
        const made = await profile({ seconds: query.seconds, signal });
        reply.header('content-disposition', `attachment; filename="${name}.${extension}"`);
        return made;
      } finally {
        endTurn();
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
      const endTurn = takeTurn();
      try {
        return await reply.status(201).send(await writeHeapSnapshot(snapshotDir));
      } finally {
        endTurn();
      }
    });
  }

  if (!enabled) return;
  app.get('/debug/heap', { config: OPERATOR }, (_request, reply) => {
    assertHeapFits();
    const endTurn = takeTurn();
    const snapshot = getHeapSnapshot();
    const timer = setTimeout(() => snapshot.destroy(new Error('the snapshot took too long')), MAX_SNAPSHOT_MS);
    snapshot.once('close', () => {
      clearTimeout(timer);
      endTurn();
    });
    reply.header('content-disposition', 'attachment; filename="heap.heapsnapshot"');
    return reply.type('application/json').send(snapshot);
  });
}

/** Takes the one turn there is; what it returns gives it back. @throws {ProblemError} 409 while it is taken. */
function createTurns(): () => () => void {
  let taken = false;
  return () => {
    if (taken) {
      const detail = 'Another profile or snapshot is being made.';
      throw new ProblemError({ status: 409, code: 'debug_busy', detail, headers: { 'retry-after': '5' } });
    }
    taken = true;
    return () => {
      taken = false;
    };
  };
}
