import { parseArgs } from 'node:util';
import { features } from './features/features.ts';
import { problemWithName } from './name.ts';
import { TEMPLATE_NAME, type Wishes } from './plan.ts';

export const HELP = `Usage: npm run init -- NAME --owner OWNER --registry REGISTRY [--without FEATURE,…] [--dry-run]

Makes this template a service of your own: gives it your name, takes out what you do not need and what makes it a
template, and commits. Without arguments it asks.

  NAME         the service, as a DNS label: orders, my-orders
  --owner      who answers for it: "Team Checkout"
  --registry   where its images go: registry.example.com/checkout
  --without    what to take out, separated by commas:
${features.map(({ name, about }) => `               ${name.padEnd(14)}${about}`).join('\n')}
  --dry-run    only print what would be done
  --help       print this
`;

/** The arguments are wrong. */
export class UsageError extends Error {}

export interface Arguments {
  readonly wishes: Partial<Wishes>;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** @throws UsageError for what it does not know. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one name is enough: ${more.join(' ')} is too much`);
  const { owner, registry, without } = values;
  return {
    wishes: {
      ...(name !== undefined && { name }),
      ...(owner !== undefined && { owner }),
      ...(registry !== undefined && { registry }),
      ...(without !== undefined && { without: without.split(',').filter((feature) => feature !== '') }),
    },
    dryRun: values['dry-run'],
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        owner: { type: 'string' },
        registry: { type: 'string' },
        without: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError with everything that is missing or wrong. */
export function complete({ name, owner, registry, without = [] }: Partial<Wishes>): Wishes {
  const known = features.map((feature) => feature.name);
  const problems = [
    name === undefined ? 'a name is missing' : about(`the name ${name}`, problemWithName(name, TEMPLATE_NAME)),
    about('--owner', problemWithOwner(owner ?? '')),
    about('--registry', problemWithRegistry(registry ?? '')),
    ...without
      .filter((feature) => !known.includes(feature))
      .map((feature) => `--without: there is no ${feature}, but ${known.join(', ')}`),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || name === undefined || owner === undefined || registry === undefined) {
    throw new UsageError(problems.join('\n'));
  }
  return { name, owner, registry, without };
}

function about(what: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${what}: ${problem}`;
}

/** It is written into JSON, YAML and Markdown as it is. */
export function problemWithOwner(owner: string): string | undefined {
  return /^[\p{L}\p{N}][\p{L}\p{N} .,&@<>()+/_-]*$/u.test(owner)
    ? undefined
    : 'a name of people is needed, in one line';
}

/** As a container's image is named: https://pkg.go.dev/github.com/distribution/reference */
export function problemWithRegistry(registry: string): string | undefined {
  return /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(registry)
    ? undefined
    : 'a host and a path is needed, such as registry.example.com/checkout';
}
