import type { Session } from 'node:inspector/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Time between two samples of a CPU profile, in microseconds; limits a profile to 30,000 samples. */
const CPU_INTERVAL_US = 1000;
/** Average number of allocated bytes per sample; V8's default. */
const ALLOCATION_INTERVAL_BYTES = 32 * 1024;

export interface ProfileOptions {
  seconds: number;
  /** Ends the profile early, with the signal's reason. */
  signal: AbortSignal;
}

/** Records where the process spends its CPU time: functions, files and lines, but no values. */
export function profileCpu({ seconds, signal }: ProfileOptions): Promise<object> {
  return withSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
    await session.post('Profiler.start');
    await wait(seconds * 1000, undefined, { signal });
    return (await session.post('Profiler.stop')).profile;
  });
}

/** Records where memory that is still in use at the end was allocated: functions, files and sizes, but no values. */
export function profileAllocations({ seconds, signal }: ProfileOptions): Promise<object> {
  return withSession(async (session) => {
    await session.post('HeapProfiler.startSampling', { samplingInterval: ALLOCATION_INTERVAL_BYTES });
    await wait(seconds * 1000, undefined, { signal });
    return (await session.post('HeapProfiler.stopSampling')).profile;
  });
}

/** Runs the work with a connected session. Disconnecting stops everything that the session started. */
async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  // Loaded only now: it loads worker threads, too.
  const inspector = process.getBuiltinModule('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    return await work(session);
  } finally {
    session.disconnect();
  }
}
