import { parseArgs } from 'node:util';
import { features } from './features/features.ts';
import { CI, type Ci } from './features/pipelines.ts';
import { problemWithName } from './name.ts';
import type { Options } from './options.ts';
import { TEMPLATE_NAME } from './plan.ts';

export const HELP = `Usage: npm run init -- NAME --owner OWNER --registry REGISTRY [options]

Turns this template into your service: renames everything, removes the features that you do not need and everything that
serves only the template, and commits the result. Without arguments it prompts for each option.

  NAME         name of the service, a DNS label: orders, my-orders
  --owner      team or person responsible for it: "Team Checkout"
  --registry   where its images are pushed: registry.example.com/checkout
  --ci         pipelines to keep: github, gitlab or both (default: both)
  --without    features to remove, separated by commas:
${features.map(({ name, about }) => `               ${name.padEnd(14)}${about}`).join('\n')}
  --dry-run    print the changes without making them
  --help       print this help
`;

/** The command line is invalid. */
export class UsageError extends Error {}

export interface Arguments {
  readonly options: Partial<Options>;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** @throws UsageError for unknown or invalid arguments. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`expected one name, found more: ${more.join(' ')}`);
  const { owner, registry, without, ci } = values;
  return {
    options: {
      ...(name !== undefined && { name }),
      ...(owner !== undefined && { owner }),
      ...(registry !== undefined && { registry }),
      ...(without !== undefined && { without: without.split(',').filter((feature) => feature !== '') }),
      ...(ci !== undefined && { ci: toCi(ci) }),
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
        ci: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toCi(value: string): Ci {
  const ci = CI.find((known) => known === value);
  if (ci === undefined) throw new UsageError(`--ci: ${value} is unknown; use ${CI.join(', ')}`);
  return ci;
}

/** @throws UsageError that lists everything that is missing or invalid. */
export function complete({ name, owner, registry, without = [], ci = 'both' }: Partial<Options>): Required<Options> {
  const known = features.map((feature) => feature.name);
  const problems = [
    name === undefined ? 'the name is missing' : about(`the name ${name}`, problemWithName(name, TEMPLATE_NAME)),
    about('--owner', problemWithOwner(owner ?? '')),
    about('--registry', problemWithRegistry(registry ?? '')),
    ...without
      .filter((feature) => !known.includes(feature))
      .map((feature) => `--without: ${feature} is unknown; use ${known.join(', ')}`),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || name === undefined || owner === undefined || registry === undefined) {
    throw new UsageError(problems.join('\n'));
  }
  return { name, owner, registry, without: known.filter((feature) => without.includes(feature)), ci };
}

function about(what: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${what}: ${problem}`;
}

/** The owner is copied verbatim into JSON, YAML and Markdown. */
export function problemWithOwner(owner: string): string | undefined {
  return /^[\p{L}\p{N}][\p{L}\p{N} .,&@<>()+/_-]*$/u.test(owner)
    ? undefined
    : 'expected the name of a team or person, on one line';
}

/** Image names: https://pkg.go.dev/github.com/distribution/reference */
export function problemWithRegistry(registry: string): string | undefined {
  return /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(registry)
    ? undefined
    : 'expected a host and a path, such as registry.example.com/checkout';
}
