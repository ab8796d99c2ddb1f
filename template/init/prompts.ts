import { cancel, confirm, isCancel, multiselect, text } from '@clack/prompts';
import { problemWithOwner, problemWithRegistry } from './command-line.ts';
import { features } from './features/features.ts';
import { problemWithName } from './name.ts';
import { TEMPLATE_NAME, type Wishes } from './plan.ts';

/** Asks a person for everything. Undefined when that one would rather not. */
export async function askForWishes(): Promise<Wishes | undefined> {
  const name = await text({
    message: 'What is the service called?',
    placeholder: 'orders',
    validate: (value) => problemWithName(value ?? '', TEMPLATE_NAME),
  });
  if (isCancel(name)) return stop();
  const owner = await text({
    message: 'Who answers for it?',
    placeholder: 'Team Checkout',
    validate: (value) => problemWithOwner(value ?? ''),
  });
  if (isCancel(owner)) return stop();
  const registry = await text({
    message: 'Where do its images go?',
    placeholder: 'registry.example.com/checkout',
    validate: (value) => problemWithRegistry(value ?? ''),
  });
  if (isCancel(registry)) return stop();
  const without = await multiselect({
    message: 'What shall be taken out? (space to choose)',
    options: features.map((feature) => ({ value: feature.name, label: feature.name, hint: feature.about })),
    required: false,
  });
  if (isCancel(without)) return stop();
  const sure = await confirm({ message: 'Change everything and commit?' });
  return isCancel(sure) || !sure ? stop() : { name, owner, registry, without };
}

function stop(): undefined {
  cancel('Nothing was changed.');
}
