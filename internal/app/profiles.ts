import { Session } from 'node:inspector/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Time between two samples of a CPU profile, in microseconds: at most 30,000 samples in all. */
const CPU_INTERVAL_US = 1000;
/** One sample for so many allocated bytes, on average: V8's own default. */
const ALLOCATION_INTERVAL_BYTES = 32 * 1024;

export interface ProfileOptions {
  seconds: number;
  /** Ends the profile early, with the signal's reason. */
  signal: AbortSignal;
}

/** Returns where the process spent its CPU time: functions, files and lines, and no values. */
export function profileCpu({ seconds, signal }: ProfileOptions): Promise<object> {
  return withSession(async (session) => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
    await session.post('Profiler.start');
    await wait(seconds * 1000, undefined, { signal });
    return (await session.post('Profiler.stop')).profile;
  });
}

/** Returns where memory was allocated that was still in use at the end: functions, files and sizes, and no values. */
export function profileAllocations({ seconds, signal }: ProfileOptions): Promise<object> {
  return withSession(async (session) => {
    await session.post('HeapProfiler.startSampling', { samplingInterval: ALLOCATION_INTERVAL_BYTES });
    await wait(seconds * 1000, undefined, { signal });
    return (await session.post('HeapProfiler.stopSampling')).profile;
  });
}

/** Disconnecting ends whatever the session has started. */
async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    return await work(session);
  } finally {
    session.disconnect();
  }
}
