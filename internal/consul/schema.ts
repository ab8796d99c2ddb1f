import { boolean, list, string, url } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** How the service finds Consul and what it says of itself there. */
export const consulSchema = notFrom(['kv'], {
  enabled: {
    doc: 'Whether the service works with Consul: registers, and reads settings. Without, it needs and looks for none.',
    format: boolean(),
    default: false,
  },
  address: {
    doc:
      "Base URL of one agent: the node's own (on Kubernetes `http://[$(HOST_IP)]:8500`, which suits both IPv6 and " +
      'IPv4), never a load-balanced one, behind which registrations land on several nodes.',
    format: url(),
    default: 'http://127.0.0.1:8500',
  },
  datacenter: {
    doc: "The datacenter that is asked. Absent, the agent's own.",
    format: string(),
  },
  token: {
    doc: 'The ACL token. From a file, a new one takes effect within a second of its being written there.',
    format: string(),
    secret: true,
  },
  timeout: {
    doc: 'How long a call to the agent may take, but for those that wait for a change.',
    format: duration({ min: '1ms' }),
    default: '2s',
  },
  caFile: {
    doc: "PEM file of the authorities that sign the agent's certificate. Absent, those Node trusts.",
    format: string(),
  },
  certFile: {
    doc: 'PEM file of the certificate shown to the agent. Needs `consul.keyFile`.',
    format: string(),
  },
  keyFile: { doc: 'PEM file of its key.', format: string() },
  config: {
    prefix: {
      doc:
        'Where in the KV store settings of this service are, one key each: `<prefix>/log.level`. They are read at ' +
        'the start, within `consul.timeout`, and watched. Absent, `config/<service.name>`.',
      format: string(),
    },
    required: {
      doc:
        'Whether the service refuses to start when they cannot be read or one is not valid. Otherwise it starts ' +
        'without those and takes them over as far as they are reloadable, once they are.',
      format: boolean(),
      default: false,
    },
  },
  service: {
    address: {
      doc:
        'Where others reach this instance. Absent, it is `POD_IP`, else the address of the interface that reaches ' +
        "the agent, else the machine's first that is not the loopback one.",
      format: string(),
    },
    tags: { doc: 'Tags of the instance.', format: list(), default: [] },
    checkPath: {
      doc: 'What the agent asks of the admin listener to see whether the instance is well.',
      format: string(),
      default: '/readyz',
    },
    checkInterval: {
      doc: 'How often it asks.',
      format: duration({ min: '1s' }),
      default: '10s',
    },
    checkTimeout: {
      doc: 'How long an answer may take.',
      format: duration({ min: '1ms' }),
      default: '2s',
    },
    deregisterAfter: {
      doc: 'How long an instance whose check fails stays in the catalog. Consul looks every 30 s.',
      format: duration({ min: '1m' }),
      default: '5m',
    },
  },
});

export const consulRules: readonly Rule<ConfigOf<{ consul: typeof consulSchema }>>[] = [
  {
    keys: ['consul.certFile', 'consul.keyFile'],
    expected: 'both of consul.certFile and consul.keyFile, or neither',
    holds: ({ consul }) => (consul.certFile === undefined) === (consul.keyFile === undefined),
  },
];
