import type { Ci } from './features/pipelines.ts';

/** The options that a service is created with. The service keeps them in {@link RECORD}. */
export interface Options {
  readonly name: string;
  readonly owner: string;
  /** Where its images are pushed: `registry.example.com/checkout`. */
  readonly registry: string;
  /** The domain of the API group of custom resources: `batch.<domain>`. Default `example.com`. */
  readonly domain?: string;
  /** Names of the features to remove. */
  readonly without: readonly string[];
  /** The pipelines to keep. Default `both`. */
  readonly ci?: Ci;
}
