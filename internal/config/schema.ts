import packageJson from '../../package.json' with { type: 'json' };
import { isAddressRange } from '../../pkg/config/address-range.ts';
import { boolean, integer, list, oneOf, port, ratio, string, url } from '../../pkg/config/formats.ts';
import { byteSize, duration } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** Every setting of this service. The keys are its interface to its operators: renaming one breaks them. */
export const schema = {
  environment: {
    doc: 'Where the service runs; picks `<environment>.yaml`. Unset, `NODE_ENV=production` means `production`.',
    format: oneOf('development', 'staging', 'production', 'test'),
    default: 'development',
    // It picks one of the repository's files, so it cannot stand in them.
    notFrom: ['repository', 'kv'],
  },
  service: {
    name: {
      doc: 'The name under which the service is known in logs, metrics and traces.',
      format: string(),
      default: packageJson.name,
      defaultFrom: 'package.json',
      notFrom: ['kv'],
    },
    version: {
      doc: 'The version it reports of itself.',
      format: string(),
      default: packageJson.version,
      defaultFrom: 'package.json',
      notFrom: ['kv'],
    },
    revision: {
      doc: 'The commit it was built from; the image sets it.',
      format: string(),
      default: 'unknown',
      notFrom: ['kv'],
    },
  },
  http: {
    host: {
      doc: 'Address of the public listener. `0.0.0.0` is every IPv4 address of the machine.',
      format: string(),
      default: '0.0.0.0',
    },
    port: { doc: 'Port of the public listener. `0` takes any free one.', format: port(), default: 8080 },
    trustProxy: {
      doc:
        'The proxies whose `X-Forwarded-*` headers are believed. Empty believes nobody: behind a load balancer every ' +
        'client then has its address. A range of `/0` is refused.',
      format: list({ of: 'IP addresses or CIDR ranges', accepts: isAddressRange }),
      default: [],
    },
    keepAliveTimeout: {
      doc:
        'How long an idle connection is kept for the next request. Keep it above the idle timeout of the load ' +
        'balancer (often 60 s), or that one sends a request just as the connection closes.',
      format: duration({ min: '1s' }),
      default: '65s',
    },
    headersTimeout: {
      doc:
        'How long a client may take to send the headers, counted on a new connection from its opening. Must exceed ' +
        '`http.keepAliveTimeout`.',
      format: duration({ min: '1s' }),
      default: '70s',
    },
    requestTimeout: {
      doc:
        'How long a client may take to send the whole request, body included. At least `http.headersTimeout`. ' +
        'Cannot be turned off: a client that never ends would hold its connection for ever.',
      format: duration({ min: '1s' }),
      default: '2m',
    },
    handlerTimeout: {
      doc:
        'How long a request may take from its headers to its answer, reading the body included; 503 after that. ' +
        '`0s` turns it off.',
      format: duration(),
      default: '10s',
    },
    bodyLimit: { doc: 'The largest request body; 413 above it.', format: byteSize({ min: '1B' }), default: '1MiB' },
    maxConnections: {
      doc:
        'How many connections are open at once; one more is closed at once. Each takes a file descriptor. ' +
        '`0` is no limit.',
      format: integer({ min: 0 }),
      default: 10_000,
    },
  },
  admin: {
    host: {
      doc: 'Address of the admin listener: probes, metrics, `/config`. Never give it to the internet.',
      format: string(),
      default: '0.0.0.0',
    },
    port: { doc: 'Port of the admin listener. `0` takes any free one.', format: port(), default: 9091 },
  },
  log: {
    level: {
      doc: 'The least severe level that is logged.',
      format: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
      default: 'info',
      reloadable: true,
    },
    format: {
      doc: '`json`, a line each, for machines; `pretty` for people.',
      format: oneOf('json', 'pretty'),
      default: 'json',
    },
    access: {
      doc:
        'Which requests get a line: `all`; `errors`, those answered 400 or more, or not to the end; `sampled`, errors ' +
        'and what is traced; `none`. Probes get none.',
      format: oneOf('all', 'errors', 'sampled', 'none'),
      default: 'all',
    },
  },
  tracing: {
    enabled: {
      doc:
        'Whether requests are traced. Unset, they are when there is an endpoint, here or in `OTEL_EXPORTER_OTLP_ENDPOINT`; ' +
        '`OTEL_SDK_DISABLED=true` wins.',
      format: boolean(),
    },
    endpoint: {
      doc: 'Base URL of the OTLP receiver that spans are sent to, such as `http://collector:4318`.',
      format: url(),
    },
    protocol: {
      doc: 'How spans are sent; `OTEL_EXPORTER_OTLP_PROTOCOL` wins. gRPC usually has port 4317.',
      format: oneOf('http/protobuf', 'grpc'),
      default: 'http/protobuf',
    },
    sampleRatio: {
      doc: "Share of new traces that are recorded. A caller's decision is followed; `OTEL_TRACES_SAMPLER` wins.",
      format: ratio(),
      default: 0.1,
    },
  },
  consul: {
    enabled: {
      doc: 'Whether the service works with Consul: registers, and reads settings. Without, it needs and looks for none.',
      format: boolean(),
      default: false,
      notFrom: ['kv'],
    },
    address: {
      doc:
        "Base URL of one agent: the node's own (on Kubernetes `http://$(HOST_IP):8500`), never a load-balanced one, " +
        'behind which registrations land on several nodes.',
      format: url(),
      default: 'http://127.0.0.1:8500',
      notFrom: ['kv'],
    },
    datacenter: {
      doc: "The datacenter that is asked. Absent, the agent's own.",
      format: string(),
      notFrom: ['kv'],
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
      notFrom: ['kv'],
    },
    caFile: {
      doc: "PEM file of the authorities that sign the agent's certificate. Absent, those Node trusts.",
      format: string(),
      notFrom: ['kv'],
    },
    certFile: {
      doc: 'PEM file of the certificate shown to the agent. Needs `consul.keyFile`.',
      format: string(),
      notFrom: ['kv'],
    },
    keyFile: { doc: 'PEM file of its key.', format: string(), notFrom: ['kv'] },
    config: {
      prefix: {
        doc:
          'Where in the KV store settings of this service are, one key each: `<prefix>/log.level`. They are read at ' +
          'the start, within `consul.timeout`, and watched. Absent, `config/<service.name>`.',
        format: string(),
        notFrom: ['kv'],
      },
      required: {
        doc:
          'Whether the service refuses to start when they cannot be read or are not valid. Otherwise it starts ' +
          'without them and takes them over as far as they are reloadable, once they are.',
        format: boolean(),
        default: false,
        notFrom: ['kv'],
      },
    },
    service: {
      address: {
        doc:
          'Where others reach this instance. Absent, it is `POD_IP`, else the address of the interface that reaches ' +
          "the agent, else the machine's first that is not the loopback one.",
        format: string(),
        notFrom: ['kv'],
      },
      tags: { doc: 'Tags of the instance.', format: list(), default: [], notFrom: ['kv'] },
      checkPath: {
        doc: 'What the agent asks of the admin listener to see whether the instance is well.',
        format: string(),
        default: '/readyz',
        notFrom: ['kv'],
      },
      checkInterval: {
        doc: 'How often it asks.',
        format: duration({ min: '1s' }),
        default: '10s',
        notFrom: ['kv'],
      },
      checkTimeout: {
        doc: 'How long an answer may take.',
        format: duration({ min: '1ms' }),
        default: '2s',
        notFrom: ['kv'],
      },
      deregisterAfter: {
        doc: 'How long an instance whose check fails stays in the catalog. Consul looks every 30 s.',
        format: duration({ min: '1m' }),
        default: '5m',
        notFrom: ['kv'],
      },
    },
  },
  lifecycle: {
    drainDelay: {
      doc:
        'On a stop signal, how long the service goes on serving after readiness has turned 503, so that load ' +
        'balancers can notice. `0s` outside Kubernetes, where nobody watches readiness.',
      format: duration(),
      default: '0s',
    },
    shutdownTimeout: {
      doc: 'After that, how long requests in flight and open stores get to finish. `0s` cuts them off.',
      format: duration(),
      default: '5s',
    },
    flushTimeout: {
      doc: 'How long writing out the last logs and spans may take. `0s` does not wait.',
      format: duration(),
      default: '1s',
    },
  },
} as const satisfies Schema;
