import packageJson from '../../package.json' with { type: 'json' };
import { oneOf, string } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import { notFrom, type Schema } from '../../pkg/config/schema.ts';
import { consulSchema } from '../consul/schema.ts';
import { controllerSchema } from '../controller/schema.ts';
import { flagsSchema } from '../flags/schema.ts';
import { kubernetesSchema } from '../kubernetes/schema.ts';
import { otlpSchema } from '../otlp/schema.ts';
import { postgresSchema } from '../postgres/schema.ts';
import { adminSchema, debugSchema } from './admin-schema.ts';
import { authSchema } from './auth-schema.ts';
import { httpSchema, overloadSchema, rateLimitSchema } from './http-schema.ts';
import { leaderElectionSetting } from './leader-election.ts';
import { logSchema, tracingSchema } from './telemetry-schema.ts';

/** Every setting of this service. Operators depend on the keys: renaming one is a breaking change. */
export const schema = {
  environment: {
    doc:
      'Where the service runs; selects `<environment>.yaml`. When it is not set, `NODE_ENV=production` means ' +
      '`production`.',
    format: oneOf('development', 'staging', 'production', 'test'),
    default: 'development',
    // It selects one of the repository's files, so those files cannot set it.
    notFrom: ['repository', 'kv'],
  },
  service: notFrom(['kv'], {
    name: {
      doc: 'The name of the service in logs, metrics and traces.',
      format: string(),
      default: packageJson.name,
      defaultFrom: 'package.json',
    },
    version: {
      doc: 'The version that the service reports.',
      format: string(),
      default: packageJson.version,
      defaultFrom: 'package.json',
    },
    revision: {
      doc: 'The commit that the service was built from. Set by the image.',
      format: string(),
      default: 'unknown',
    },
  }),
  http: httpSchema,
  overload: overloadSchema,
  rateLimit: rateLimitSchema,
  admin: adminSchema,
  auth: authSchema,
  log: logSchema,
  tracing: tracingSchema,
  otlp: otlpSchema,
  debug: debugSchema,
  consul: consulSchema,
  kubernetes: kubernetesSchema,
  postgres: postgresSchema,
  leaderElection: leaderElectionSetting,
  controller: controllerSchema,
  flags: flagsSchema,
  lifecycle: {
    drainDelay: {
      doc:
        'After a stop signal, how long the service keeps serving while readiness returns 503, so that load balancers ' +
        'notice. Leave it at `0s` outside Kubernetes, where nothing watches readiness.',
      format: duration(),
      default: '0s',
    },
    shutdownTimeout: {
      doc: 'After the drain delay, how long requests in flight and open stores may take to finish. `0s` cuts them off.',
      format: duration(),
      default: '5s',
    },
    flushTimeout: {
      doc: 'How long flushing the last logs and spans may take. `0s` does not wait.',
      format: duration(),
      default: '1s',
    },
  },
} as const satisfies Schema;
