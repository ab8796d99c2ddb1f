import { type Settings, unknownSettings } from './settings.ts';

/**
 * `headline` rows are what the service is judged by, `variant` rows are other configurations, and each `feature` row
 * is the headline row without one feature, which gives the feature's price.
 */
export type RowGroup = 'headline' | 'variant' | 'feature';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: RowGroup;
  readonly program: 'raw' | 'bare' | 'service' | 'conventional';
  /** Share of requests that are traced when the client does not say; absent: nothing is traced or exported. */
  readonly sampleRatio?: number;
  /** Lines about one sampled request. */
  readonly accessLines: number;
  /** Beyond those of tracing. */
  readonly settings?: Settings;
  readonly environment?: Readonly<Record<string, string>>;
  /** Node's own flags, beyond those of the command line. */
  readonly nodeFlags?: readonly string[];
}

/** The limits of the heap that the Dockerfile gives, in a container of 256 MiB. */
export const IMAGE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=8'] as const;

/** Everything is compared with this one, so it is always measured. */
export const REFERENCE = 'bare';
/** The service with everything on. */
export const HEADLINE = 'service';
export const UNTRACED = 'service-untraced';
/** The service with every request traced. */
export const EVERY_SPAN = 'service-1';
export const CONVENTIONAL = 'conventional';

const HEADLINE_RATIO = 0.1;

const service = { program: 'service', accessLines: 1, sampleRatio: HEADLINE_RATIO } as const;
const conventional = { program: 'conventional', accessLines: 2, sampleRatio: HEADLINE_RATIO } as const;
const variant = { ...service, group: 'variant' } as const;
const feature = { ...service, group: 'feature' } as const;

const ROWS: readonly Row[] = [
  { name: 'raw', title: 'node:http', group: 'headline', program: 'raw', accessLines: 0 },
  { name: REFERENCE, title: 'bare Fastify', group: 'headline', program: 'bare', accessLines: 0 },
  { ...service, name: HEADLINE, title: 'this service, sampling 0.1', group: 'headline' },
  { name: UNTRACED, title: 'this service, tracing off', group: 'headline', program: 'service', accessLines: 1 },
  { ...conventional, name: CONVENTIONAL, title: 'conventional stack, sampling 0.1', group: 'headline' },

  { ...variant, name: EVERY_SPAN, title: 'this service, sampling 1.0', sampleRatio: 1 },
  { ...variant, name: 'service-0.01', title: 'this service, sampling 0.01', sampleRatio: 0.01 },
  { ...variant, name: 'service-0', title: 'this service, sampling 0', sampleRatio: 0 },
  { ...variant, name: 'service-image', title: 'this service, heap limits of the image', nodeFlags: IMAGE_FLAGS },
  {
    ...conventional,
    name: 'conventional-1',
    title: 'conventional stack, sampling 1.0',
    group: 'variant',
    sampleRatio: 1,
  },
  {
    ...conventional,
    name: 'conventional-mild',
    title: 'conventional stack without @fastify/otel',
    group: 'variant',
    environment: { FASTIFY_OTEL: 'off' },
  },

  // Only lines of sampled requests, instead of all.
  { ...feature, name: 'access-sampled', title: '`log.access: sampled`', settings: { 'log.access': 'sampled' } },
  { ...feature, name: 'access-none', title: 'access log', accessLines: 0, settings: { 'log.access': 'none' } },
  { ...feature, name: 'no-rate-limit', title: 'rate limit', settings: { 'rateLimit.max': '0' } },
  { ...feature, name: 'no-handler-timeout', title: 'handler timeout', settings: { 'http.handlerTimeout': '0s' } },
];

/** The settings that make the row, its receiver's address left out. */
function settingsOf(row: Row): Settings {
  if (row.program !== 'service') return {};
  const { sampleRatio } = row;
  const tracing = sampleRatio === undefined ? {} : { 'tracing.endpoint': '', 'tracing.sampleRatio': `${sampleRatio}` };
  return { ...tracing, ...row.settings };
}

/** The settings to start the row's service with; `sinkUrl` is where it exports to. */
export function requiredSettings(row: Row, sinkUrl: string): Settings {
  const settings = settingsOf(row);
  return 'tracing.endpoint' in settings ? { ...settings, 'tracing.endpoint': sinkUrl } : settings;
}

export interface RowSelection {
  rows: Row[];
  /** Rows of features that this service does not have, with the reason. */
  leftOut: string[];
}

/**
 * Rows named one by one must be measurable. Of the whole list, the rows of features that the service does not have are
 * left out; a headline row or a variant never is.
 *
 * @param options.rows rows in any order; default: all, or the headline's when `quick`.
 * @throws Error naming the rows that do not exist or cannot be measured, and why.
 */
export function selectRows(
  { rows: names, quick }: { rows?: readonly string[] | undefined; quick: boolean },
  known?: ReadonlySet<string>,
): RowSelection {
  const strangers = (names ?? []).filter((name) => !ROWS.some((row) => row.name === name));
  if (strangers.length > 0) {
    throw new Error(`no such row: ${strangers.join(', ')}; there are ${ROWS.map(({ name }) => name).join(', ')}`);
  }
  const wanted = ROWS.filter(({ name, group }) =>
    names ? name === REFERENCE || names.includes(name) : !quick || group === 'headline',
  );
  const missing = new Map(wanted.map((row) => [row, unknownSettings(settingsOf(row), known)]));
  const reasons = (rows: readonly Row[]): string[] =>
    rows.map((row) => `${row.name}: the service has no setting ${missing.get(row)?.join(', ')}`);
  const lacking = wanted.filter((row) => missing.get(row)?.length);
  const skippable = lacking.filter(({ group }) => group === 'feature' && !names);
  const refused = lacking.filter((row) => !skippable.includes(row));
  if (refused.length > 0) {
    throw new Error(`rows that cannot be measured (choose others with --rows):\n${reasons(refused).join('\n')}`);
  }
  return { rows: wanted.filter((row) => !lacking.includes(row)), leftOut: reasons(skippable) };
}
