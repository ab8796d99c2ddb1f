import { cancel, confirm, isCancel, multiselect, select, text } from '@clack/prompts';
import { features } from './features/features.ts';
import { type Ci, pipelines } from './features/pipelines.ts';
import { problemWithName } from './name-problem.ts';
import type { Options } from './options.ts';
import { problemWithOwner } from './owner.ts';
import { TEMPLATE_NAME } from './plan.ts';
import { normalizeRegistry, problemWithRegistry } from './registry.ts';

interface Answers {
  readonly options: Required<Options>;
  readonly freshHistory: boolean;
}

/**
 * Prompts for every option. Returns undefined if the user cancels.
 *
 * @param packages names of the packages that the project depends on.
 */
export async function promptForOptions(packages: ReadonlySet<string>): Promise<Answers | undefined> {
  const name = await text({
    message: 'Name of the service',
    placeholder: 'orders',
    validate: (value) => problemWithName(value ?? '', { current: TEMPLATE_NAME, packages }),
  });
  if (isCancel(name)) return stop();
  const owner = await text({
    message: 'Team or person responsible for it',
    placeholder: 'Team Checkout',
    validate: (value) => problemWithOwner(value ?? ''),
  });
  if (isCancel(owner)) return stop();
  const registry = await text({
    message: 'Registry for its images',
    placeholder: 'registry.example.com/checkout',
    validate: (value) => problemWithRegistry(normalizeRegistry(value ?? '')),
  });
  if (isCancel(registry)) return stop();
  // A service is built by one pipeline, so `both` comes last here although it is the default of `--ci`.
  const ci = await select<Ci>({
    message: 'Pipelines to keep',
    options: [
      { value: 'github', hint: pipelines.github.about },
      { value: 'gitlab', hint: pipelines.gitlab.about },
      { value: 'both' },
    ],
  });
  if (isCancel(ci)) return stop();
  const without = await multiselect({
    message: 'Features to remove (space to select)',
    options: features.map((feature) => ({ value: feature.name, label: feature.name, hint: feature.about })),
    required: false,
  });
  if (isCancel(without)) return stop();
  const freshHistory = await confirm({
    message: 'Start with one commit, without the history of the template?',
    initialValue: false,
  });
  if (isCancel(freshHistory)) return stop();
  const confirmed = await confirm({ message: 'Make these changes and commit them?' });
  if (isCancel(confirmed) || !confirmed) return stop();
  const options = {
    ...{ name, owner: owner.trim(), registry: normalizeRegistry(registry), without, ci },
    // As without --domain: few services have custom resources, so there is no prompt for it.
    domain: 'example.com',
  };
  return { options, freshHistory };
}

function stop(): undefined {
  cancel('Nothing was changed.');
}
