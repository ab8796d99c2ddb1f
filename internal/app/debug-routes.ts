import { Session } from 'node:inspector/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { Type } from 'typebox';
import { ProblemError } from '../../pkg/httpserver/problem.ts';
import type { HttpApp } from '../../pkg/httpserver/server.ts';

/** A heap of more bytes than this is not written out: that stops the process meanwhile, and may take as much again. */
const MAX_HEAP_BYTES = 512 * 1024 * 1024;
const MAX_SNAPSHOT_MS = 50_000;
const MAX_PROFILE_S = 30;
/** Time between two samples of a profile, in microseconds: at most 30,000 samples in all. */
const SAMPLING_INTERVAL_US = 1000;

/** What the listener has to allow a handler, in milliseconds, for the longest of these to end by itself. */
export const DEBUG_HANDLER_TIMEOUT_MS = 60_000;

const ADMIN = { access: 'admin' };

/**
 * What to ask an instance that misbehaves, elsewhere than in production: a heap holds every secret that the process
 * knows. One question at a time; each is bounded in time and size.
 */
export function addDebugRoutes(app: HttpApp): void {
  const turn = takeTurns();

  app.get('/debug/handles', { config: ADMIN }, async () => {
    const counts: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  });

  app.get('/debug/heap', { config: ADMIN }, (_request, reply) => {
    const { heapUsed } = process.memoryUsage();
    if (heapUsed > MAX_HEAP_BYTES) {
      const detail = `The heap has ${heapUsed} bytes, more than the ${MAX_HEAP_BYTES} that are written out.`;
      throw new ProblemError({ status: 503, code: 'heap_too_large', detail });
    }
    const end = turn();
    const snapshot = getHeapSnapshot();
    const timer = setTimeout(() => snapshot.destroy(new Error('the snapshot took too long')), MAX_SNAPSHOT_MS);
    snapshot.once('close', () => {
      clearTimeout(timer);
      end();
    });
    reply.header('content-disposition', 'attachment; filename="heap.heapsnapshot"');
    return reply.type('application/json').send(snapshot);
  });

  app.get(
    '/debug/cpu',
    {
      config: ADMIN,
      schema: {
        querystring: Type.Object({ seconds: Type.Integer({ minimum: 1, maximum: MAX_PROFILE_S, default: 10 }) }),
      },
    },
    async (request, reply) => {
      const end = turn();
      const session = new Session();
      try {
        session.connect();
        await session.post('Profiler.enable');
        await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
        await session.post('Profiler.start');
        await wait(request.query.seconds * 1000, undefined, { signal: request.signal });
        const { profile } = await session.post('Profiler.stop');
        reply.header('content-disposition', 'attachment; filename="cpu.cpuprofile"');
        return profile;
      } finally {
        session.disconnect();
        end();
      }
    },
  );
}

/** Takes the one turn there is; what it returns gives it back. @throws {ProblemError} 409 while it is taken. */
function takeTurns(): () => () => void {
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
