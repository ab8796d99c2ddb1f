import { type BodyReader, readBody } from './body.ts';
import type { ConsulClient } from './client.ts';
import { ConsulError } from './errors.ts';
import type { KvRead, ReadOptions } from './kv.ts';

/** A registered instance of a service. */
export interface Instance {
  readonly id: string;
  /** The instance's own address, or else its node's. */
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  /** The node of the agent that the instance is registered with. */
  readonly node: string;
}

/** An instance with the results of its own health checks. */
export interface CheckedInstance extends Instance {
  readonly checks: readonly { readonly status: string; readonly output: string }[];
}

/** Lists all instances of a service, whatever their checks report. */
export async function allInstances(client: ConsulClient, service: string): Promise<CheckedInstance[]> {
  const operation = `list all instances of ${service}`;
  const rule = readRule(service);
  const { body } = await client.call({ operation, rule }, {}, (consul, common) =>
    consul.health.service({ service, ...common }),
  );
  const read = readBody(operation);
  return read.objects(body).map((entry) => {
    const instance = instanceOf(read, entry);
    const own = read.objects(Reflect.get(entry, 'Checks')).filter((check) => read.string(check, 'ServiceID') !== '');
    const checks = own.map((check) => ({ status: read.string(check, 'Status'), output: read.string(check, 'Output') }));
    return { ...instance, checks };
  });
}

/**
 * Lists the instances of a service whose checks all pass, nearest to the agent first.
 * https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service
 */
export async function passingInstances(
  client: ConsulClient,
  service: string,
  options: Omit<ReadOptions, 'consistent'> = {},
): Promise<KvRead<Instance[]>> {
  const { blocking } = options;
  const operation = `list instances of ${service}`;
  const rule = readRule(service);
  const { body, headers } = await client.call({ operation, rule }, options, (consul, common) =>
    consul.health.service({
      service,
      passing: true,
      near: '_agent',
      ...common,
      ...(blocking !== undefined && { index: blocking.index, wait: `${blocking.waitMs}ms` }),
    }),
  );
  const read = readBody(operation);
  const entries = read.objects(body);
  // A token without the rule gets an empty list, not an error, and a header says that results were filtered. Consul
  // before 1.11 does not send that header, and no version sends it for a request without a token.
  if (entries.length === 0 && headers['x-consul-results-filtered-by-acls'] === 'true') {
    throw new ConsulError(`all results were filtered by ACLs; the token needs the rule: ${rule}`, {
      code: 'CONSUL_DENIED',
      operation,
    });
  }
  const index = headers['x-consul-index'];
  return {
    index: typeof index === 'string' ? index : undefined,
    value: entries.map((entry) => instanceOf(read, entry)),
  };
}

function readRule(service: string): string {
  return `service "${service}" { policy = "read" } node_prefix "" { policy = "read" }`;
}

function instanceOf(read: BodyReader, entry: object): Instance {
  const [node = {}] = read.objects(Reflect.get(entry, 'Node'));
  const [found = {}] = read.objects(Reflect.get(entry, 'Service'));
  return {
    id: read.string(found, 'ID'),
    address: read.string(found, 'Address') || read.string(node, 'Address'),
    port: read.integer(found, 'Port'),
    tags: strings(Reflect.get(found, 'Tags')),
    meta: Object.fromEntries(Object.entries(Object(Reflect.get(found, 'Meta'))).map(([k, v]) => [k, String(v)])),
    node: read.string(node, 'Node'),
  };
}

/** Consul encodes an empty list as null. */
function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
