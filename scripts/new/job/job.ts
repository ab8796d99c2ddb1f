import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from '../../../pkg/lifecycle/component.ts';

export interface SampleThingJobOptions {
  /** Milliseconds between the end of one run and the start of the next. */
  intervalMs: number;
}

export interface SampleThingJobDependencies {
  /** Does the work once. Must end soon after the signal aborts, because shutdown waits for it. */
  run(signal: AbortSignal): Promise<void>;
  logger: { warn(fields: object, message: string): void };
}

/** Creates the background job. Runs never overlap, and a failed run does not prevent the next. */
export function createSampleThingJob(
  { intervalMs }: SampleThingJobOptions,
  { run, logger }: SampleThingJobDependencies,
): Component {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    while (!signal.aborted) {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'sample thing job failed');
      }
      await Promise.allSettled([delay(intervalMs, undefined, { signal })]);
    }
  }

  return {
    name: 'sample-thing',
    start() {
      running = work();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
