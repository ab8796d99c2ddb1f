import type { Settings } from './settings.ts';

/**
 * `headline` rows are the ones that matter most, `variant` rows are other configurations, and each `feature` row is the
 * row {@link HEADLINE} without one feature, which yields the cost of that feature.
 */
export type RowGroup = 'headline' | 'variant' | 'feature';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly group: RowGroup;
  /** `flags` serves the routes of flags with bare Fastify; the others serve `/version`, and the service serves both. */
  readonly program: 'raw' | 'bare' | 'busy' | 'bundled' | 'flags' | 'service' | 'conventional' | 'podinfo';
  /** Share of requests traced if the client makes no sampling decision. Absent: nothing is traced or exported. */
  readonly sampleRatio?: number;
  /** Number of log lines for one sampled request. */
  readonly accessLines: number;
  /** Settings other than those of tracing. */
  readonly settings?: Settings;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the row serves HTTPS. */
  readonly tls?: boolean;
  /** Node flags in addition to those of the command line. */
  readonly nodeFlags?: readonly string[];
}

/**
 * The Node flags of the image. It limits the old generation to half of the container's memory; here, that would be half of
 * the machine's, so this is half of 256 MiB, the chart's memory limit. At that limit, the chart sets the same flags.
 */
export const IMAGE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=4', '--min-semi-space-size=4'] as const;

/** Environment variables of the image that affect the figures, apart from the code cache. */
export const IMAGE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;

/** The row that all others are compared with, so it is always measured. */
export const REFERENCE = 'bare';
/**
 * Bare Fastify that computes for each request until it takes as much CPU time as another row. Latency is compared with it, too,
 * because a server that takes longer per request needs longer to catch up after every interruption.
 */
export const BUSY: Row = {
  name: 'busy',
  title: 'bare Fastify, as busy',
  group: 'variant',
  program: 'busy',
  accessLines: 0,
};
/** Bare Fastify as one bundled file, as the service is. */
export const BUNDLED = 'bare-bundled';
/** The service with all features enabled and the Node flags of its image: what a user gets. */
export const HEADLINE = 'service';
export const UNTRACED = 'service-untraced';
/** The service with every request traced. */
export const EVERY_SPAN = 'service-1';
export const CONVENTIONAL = 'conventional';

const HEADLINE_RATIO = 0.1;

export const service = {
  program: 'service',
  accessLines: 1,
  sampleRatio: HEADLINE_RATIO,
  nodeFlags: IMAGE_FLAGS,
} as const;
const conventional = { program: 'conventional', accessLines: 2, sampleRatio: HEADLINE_RATIO } as const;
const variant = { ...service, group: 'variant' } as const;
const feature = { ...service, group: 'feature' } as const;

export const ROWS: readonly Row[] = [
  { name: 'raw', title: 'node:http', group: 'headline', program: 'raw', accessLines: 0 },
  { name: REFERENCE, title: 'bare Fastify', group: 'headline', program: 'bare', accessLines: 0 },
  { ...service, name: HEADLINE, title: 'this service, sampling 0.1', group: 'headline' },
  {
    name: UNTRACED,
    title: 'this service, tracing off',
    group: 'headline',
    program: 'service',
    accessLines: 1,
    nodeFlags: IMAGE_FLAGS,
  },
  { ...conventional, name: CONVENTIONAL, title: 'conventional stack, sampling 0.1', group: 'headline' },

  { name: BUNDLED, title: 'bare Fastify, bundled', group: 'variant', program: 'bundled', accessLines: 0 },
  // At its default log level, it writes no line per request.
  {
    name: 'podinfo',
    title: 'podinfo (Go), sampling 0.1',
    group: 'variant',
    program: 'podinfo',
    accessLines: 0,
    sampleRatio: HEADLINE_RATIO,
  },
  { ...variant, name: EVERY_SPAN, title: 'this service, sampling 1.0', sampleRatio: 1 },
  { ...variant, name: 'service-0.01', title: 'this service, sampling 0.01', sampleRatio: 0.01 },
  { ...variant, name: 'service-0', title: 'this service, sampling 0', sampleRatio: 0 },
  {
    ...variant,
    name: 'service-ungathered',
    title: 'this service, gathered writes off',
    settings: { 'http.gatherWrites': 'false' },
  },
  { ...variant, name: 'service-default-heap', title: "this service, Node's own heap limits", nodeFlags: [] },
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
export function settingsOf(row: Row): Settings {
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
