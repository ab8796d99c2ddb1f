import { parseArgs } from 'node:util';
import { suggestion } from '../../pkg/config/nearest.ts';
import { features } from './features/features.ts';
import { CI, type Ci } from './features/pipelines.ts';
import { problemWithName } from './name-problem.ts';
import type { Options } from './options.ts';
import { problemWithOwner } from './owner.ts';
import { TEMPLATE_NAME } from './plan.ts';
import { normalizeRegistry, problemWithRegistry } from './registry.ts';

export const HELP = `Usage: npm run init -- NAME --owner OWNER --registry REGISTRY [options]

Turns this template into your service: renames everything, removes the features that you do not need and everything that
serves only the template, runs \`npm run check\` and commits the result. The remote \`origin\` becomes \`template\`.
Without arguments it prompts for each option.

  NAME             name of the service, a DNS label: orders, my-orders
  --owner          team or person responsible for it: "Team Checkout", "Ada <ada@example.com>", @org/checkout
  --registry       where its images are pushed: registry.example.com/checkout
  --domain         domain of your custom resources: acme.com for batch.acme.com (default: example.com)
  --ci             pipelines to keep: github, gitlab or both (default: both)
  --without        features to remove, separated by commas:
${features.map(({ name, about }) => `                     ${name.padEnd(15)}${about}`).join('\n')}
  --fresh-history  start with one commit, without the template's history
  --keep-origin    leave the remote \`origin\` alone, because it is already the service's own repository
  --no-check       commit the result without running \`npm run check\`
  --dry-run        print the changes without making them
  --help           print this help
`;

/** The command line is invalid. */
export class UsageError extends Error {}

export interface Arguments {
  readonly options: Partial<Options>;
  readonly freshHistory: boolean;
  readonly keepOrigin: boolean;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** @throws UsageError for unknown or invalid arguments. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (more.length > 0)
    throw new UsageError(`expected one name, found more: ${more.join(' ')}; quote values with spaces`);
  const { owner, registry, domain, without, ci } = values;
  return {
    options: {
      ...(name !== undefined && { name }),
      ...(owner !== undefined && { owner }),
      ...(registry !== undefined && { registry }),
      ...(domain !== undefined && { domain }),
      ...(without !== undefined && { without: listIn(without) }),
      ...(ci !== undefined && { ci: toCi(ci) }),
    },
    freshHistory: values['fresh-history'],
    keepOrigin: values['keep-origin'],
    check: !values['no-check'],
    dryRun: values['dry-run'],
    help: values.help,
  };
}

const OPTIONS = {
  owner: { type: 'string' },
  registry: { type: 'string' },
  domain: { type: 'string' },
  without: { type: 'string' },
  ci: { type: 'string' },
  'fresh-history': { type: 'boolean', default: false },
  'keep-origin': { type: 'boolean', default: false },
  'no-check': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, option] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
    if (option === undefined) throw new UsageError(message);
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`${option} is not an option${suggestion(option, known)}`);
  }
}

function listIn(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function toCi(value: string): Ci {
  const ci = CI.find((known) => known === value);
  if (ci === undefined) throw new UsageError(`--ci: ${unknownValue(value, CI)}`);
  return ci;
}

/** Two or more DNS labels, so that the API group `batch.<domain>` is valid. */
const DOMAIN = /^(?=.{1,240}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * @param packages names of the packages that the project depends on.
 * @throws UsageError that lists everything that is missing or invalid.
 */
export function complete(options: Partial<Options>, packages: ReadonlySet<string>): Required<Options> {
  const { name = '', domain = 'example.com', without = [], ci = 'both' } = options;
  const owner = (options.owner ?? '').trim();
  const registry = normalizeRegistry(options.registry ?? '');
  const known = features.map((feature) => feature.name);
  const problems = [
    options.name === undefined
      ? 'the name is missing'
      : about(`the name ${name}`, problemWithName(name, { current: TEMPLATE_NAME, packages })),
    about('--owner', problemWithOwner(owner)),
    about('--registry', problemWithRegistry(registry)),
    DOMAIN.test(domain) ? undefined : `--domain: ${domain} is not a domain in lower case, such as acme.com`,
    ...without
      .filter((feature) => !known.includes(feature))
      .map((feature) => `--without: ${unknownValue(feature, known)}`),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return { name, owner, registry, domain, without: known.filter((feature) => without.includes(feature)), ci };
}

function about(what: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${what}: ${problem}`;
}

function unknownValue(value: string, known: readonly string[]): string {
  return `${value} is unknown${suggestion(value, known) || `; use ${known.join(', ')}`}`;
}
