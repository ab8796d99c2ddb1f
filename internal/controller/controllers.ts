import { createJobTracker } from '../jobtracker/jobtracker.ts';
import type { CreateController } from './controller.ts';

/** The controllers of this service. */
export const controllers: readonly CreateController[] = [
  // In start order.
  createJobTracker,
];
