import { type Settings, unknownSettings } from './settings.ts';

/**
 * `headline` rows are the ones that matter most, `variant` rows are other configurations, and each `feature` row is the
 * row {@link HEADLINE} without one feature, which yields the cost of that feature.
 */
export type RowGroup = 'headline' | 'variant' | 'feature';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: RowGroup;
  readonly program: 'raw' | 'bare' | 'service' | 'conventional';
  /** Share of requests traced if the client makes no sampling decision. Absent: nothing is traced or exported. */
  readonly sampleRatio?: number;
  /** Number of log lines for one sampled request. */
  readonly accessLines: number;
  /** Settings other than those of tracing. */
  readonly settings?: Settings;
  readonly environment?: Readonly<Record<string, string>>;
  /** Node flags in addition to those of the command line. */
  readonly nodeFlags?: readonly string[];
}

/** The heap limits that the Dockerfile sets for a container of 256 MiB. */
export const IMAGE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=8'] as const;

/** The row that all others are compared with, so it is always measured. */
export const REFERENCE = 'bare';
/** The service with all features enabled. */
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

  // Logs only sampled requests instead of all requests.
  { ...feature, name: 'access-sampled', title: '`log.access: sampled`', settings: { 'log.access': 'sampled' } },
  { ...feature, name: 'access-none', title: 'access log', accessLines: 0, settings: { 'log.access': 'none' } },
  { ...feature, name: 'no-rate-limit', title: 'rate limit', settings: { 'rateLimit.max': '0' } },
  { ...feature, name: 'no-handler-timeout', title: 'handler timeout', settings: { 'http.handlerTimeout': '0s' } },
];

/** Returns the settings that define the row, without the receiver's address. */
function settingsOf(row: Row): Settings {
  if (row.program !== 'service') return {};
  const { sampleRatio } = row;
  const tracing = sampleRatio === undefined ? {} : { 'tracing.endpoint': '', 'tracing.sampleRatio': `${sampleRatio}` };
  return { ...tracing, ...row.settings };
}

/** Returns the settings to start the row's service with, including the receiver's address. */
export function requiredSettings(row: Row, sinkUrl: string): Settings {
  const settings = settingsOf(row);
  return 'tracing.endpoint' in settings ? { ...settings, 'tracing.endpoint': sinkUrl } : settings;
}

export interface RowSelection {
  rows: Row[];
  /** Rows of features that this service does not have, each with the reason. */
  leftOut: string[];
}

/**
 * Selects the rows to measure. By default, rows of features that the service does not have are left out. Headline rows,
 * variants and rows requested by name must be measurable.
 *
 * @param options.rows rows in any order. Default: all rows, or the headline rows if `quick`.
 * @throws Error that lists the rows that do not exist or cannot be measured, with the reason.
 */
export function selectRows(
  { rows: names, quick }: { rows?: readonly string[] | undefined; quick: boolean },
  known?: ReadonlySet<string>,
): RowSelection {
  const unknown = (names ?? []).filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new Error(`unknown row: ${unknown.join(', ')}; available: ${ROWS.map(({ name }) => name).join(', ')}`);
  }
  const requested = ROWS.filter(({ name, group }) =>
    names ? name === REFERENCE || names.includes(name) : !quick || group === 'headline',
  );
  const missing = new Map(requested.map((row) => [row, unknownSettings(settingsOf(row), known)]));
  const reasons = (rows: readonly Row[]): string[] =>
    rows.map((row) => `${row.name}: the service has no setting ${missing.get(row)?.join(', ')}`);
  const unmeasurable = requested.filter((row) => missing.get(row)?.length);
  const skippable = unmeasurable.filter(({ group }) => group === 'feature' && !names);
  const rejected = unmeasurable.filter((row) => !skippable.includes(row));
  if (rejected.length > 0) {
    throw new Error(`rows that cannot be measured (choose others with --rows):\n${reasons(rejected).join('\n')}`);
  }
  return { rows: requested.filter((row) => !unmeasurable.includes(row)), leftOut: reasons(skippable) };
}
