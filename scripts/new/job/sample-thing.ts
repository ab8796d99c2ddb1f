import type { Domain, DomainContext } from '../../../internal/app/domain.ts';
import { createSampleThingJob, type SampleThingJobOptions } from './job.ts';

export interface SampleThingContext extends Pick<DomainContext, 'logging'> {
  config: { readonly sampleThing: SampleThingJobOptions };
}

/** Creates the domain that runs the sample thing job on every instance. */
export function createSampleThing({ config, logging }: SampleThingContext): Domain {
  const logger = logging.component('sample-thing');

  // Replace this with the actual work. If it needs more of the service, add that to the context above.
  async function run(): Promise<void> {
    logger.debug('sample thing job ran');
  }

  return { components: [createSampleThingJob(config.sampleThing, { run, logger })] };
}
