import { boolean, list, string, url } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** The value of `leaderElection` that selects this integration. */
export const consulElection = 'consul';

/** Settings for the connection to Consul, the settings in its KV store, and the registration. */
export const consulSchema = notFrom(['kv'], {
  enabled: {
    doc: 'Enables Consul: registration and settings from its KV store. When false, Consul is never contacted.',
    format: boolean(),
    default: false,
  },
  address: {
    doc:
      "Base URL of the node's own agent; on Kubernetes `http://[$(HOST_IP)]:8500`, which works for both IPv6 and " +
      'IPv4. Never a load-balanced address, which would spread registrations over several nodes.',
    format: url(),
    default: 'http://127.0.0.1:8500',
  },
  datacenter: {
    doc: "The datacenter to query. Default: the agent's own.",
    format: string(),
  },
  token: {
    doc: 'The ACL token. If it comes from a file, a change of the file takes effect within a second.',
    format: string(),
    secret: true,
  },
  timeout: {
    doc: 'Time limit for a request to the agent, except for blocking queries.',
    format: duration({ min: '1ms' }),
    default: '2s',
  },
  caFile: {
    doc: "PEM file with the certificate authorities that sign the agent's certificate. Default: those that Node trusts.",
    format: string(),
  },
  certFile: {
    doc: 'PEM file with the client certificate for the agent. Requires `consul.keyFile`.',
    format: string(),
  },
  keyFile: { doc: 'PEM file with the private key of `consul.certFile`.', format: string() },
  config: {
    prefix: {
      doc:
        'Prefix of the settings in the KV store, which holds one key per setting: `<prefix>/log.level`. They are ' +
        'read at startup, within `consul.timeout`, and then watched. Default: `config/<service.name>`.',
      format: string(),
    },
    required: {
      doc:
        'Whether the service fails to start if the settings in the KV store cannot be read or any is invalid. ' +
        'Otherwise it starts without the affected settings and applies the reloadable ones once they can be read and ' +
        'are valid.',
      format: boolean(),
      default: false,
    },
  },
  service: {
    address: {
      doc:
        'Address at which others reach this instance. Default: `POD_IP`, else the address of the interface that ' +
        "reaches the agent, else the machine's first non-loopback address.",
      format: string(),
    },
    tags: { doc: 'Tags of the registered instance.', format: list(), default: [] },
    checkPath: {
      doc: "Path on the admin listener that the agent's health check requests.",
      format: string(),
      default: '/readyz',
    },
    checkInterval: {
      doc: 'Interval of the health check.',
      format: duration({ min: '1s' }),
      default: '10s',
    },
    checkTimeout: {
      doc: 'Time limit for a response to the health check.',
      format: duration({ min: '1ms' }),
      default: '2s',
    },
    deregisterAfter: {
      doc: 'How long an instance with a failing check stays in the catalog. Consul checks this every 30 s.',
      format: duration({ min: '1m' }),
      default: '5m',
    },
  },
});

export const consulRules: readonly Rule<
  ConfigOf<{ consul: typeof consulSchema }> & { readonly leaderElection?: string }
>[] = [
  {
    keys: ['leaderElection', 'consul.enabled'],
    expected: 'another value, or consul.enabled: true',
    holds: ({ leaderElection, consul }) => leaderElection !== consulElection || consul.enabled,
  },
  {
    keys: ['consul.certFile', 'consul.keyFile'],
    expected: 'both of consul.certFile and consul.keyFile, or neither',
    holds: ({ consul }) => (consul.certFile === undefined) === (consul.keyFile === undefined),
  },
];
