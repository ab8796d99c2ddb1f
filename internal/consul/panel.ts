import { createAgentApi } from '../../pkg/consul/agent-api.ts';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createKv } from '../../pkg/consul/kv.ts';
import type { Registration } from '../../pkg/consul/registration.ts';
import type { Resolver } from '../../pkg/consul/resolver.ts';
import type { Panel, PanelTable } from '../../pkg/devtools/panel.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import type { Configuration } from '../config/config.ts';
import { kvPrefix, listSettings, parseSettings } from './settings.ts';

export interface PanelDependencies {
  client: ConsulClient;
  registration: Registration;
  services: Resolver['services'];
}

type Rows = PanelTable['rows'];

/** Creates the view of Consul in the development dashboard. */
export function createPanel(
  configuration: Configuration,
  { client, registration, services }: PanelDependencies,
): Panel {
  const agent = createAgentApi(client);
  const kv = createKv(client);
  const prefix = kvPrefix(configuration.current);
  const leaders = `${configuration.current.service.name}/leader/`;

  async function readRegistration(): Promise<Rows> {
    registration.check();
    const { service } = registration;
    if (service === undefined) return [];
    const { id, address, port, node } = service;
    const checks = await agent.checks(id);
    return checks.map(({ status, output }) => [id, `${address}:${port}`, node, status, output]);
  }

  async function readInstances(): Promise<Rows> {
    return [...services()].flatMap(([name, instances]) =>
      instances.map(({ address, port, tags, node }) => [name, `${address}:${port}`, tags.join(', '), node]),
    );
  }

  async function readSettings(): Promise<Rows> {
    const { value: entries } = await listSettings(kv, prefix, {});
    const { values, problems } = parseSettings(entries, prefix);
    const rejected = problems.map(({ key = '', value = '', expected }) => [
      key,
      value,
      `rejected: expected ${expected}`,
    ]);
    const settings = new Map(configuration.describe().map((setting) => [setting.key, setting]));
    const accepted = [...values.keys()].map((key) => {
      const written = entries.find((entry) => entry.key === `${prefix}/${key}`)?.value ?? '';
      const { value, origin } = settings.get(key) ?? { value: null, origin: 'not set' };
      return [key, written, `${JSON.stringify(value)} from ${origin}`];
    });
    return [...accepted, ...rejected];
  }

  async function readElections(): Promise<Rows> {
    const { value: locks } = await kv.list(leaders);
    return locks.map(({ key, value, session }) => [key, session === undefined ? 'nobody' : value, session ?? '']);
  }

  return {
    title: 'Consul',
    read: () =>
      Promise.all([
        readTable(
          {
            title: 'Registration',
            columns: ['Service ID', 'Address', 'Node', 'Check', 'Output'],
            empty: 'The agent does not know this instance.',
          },
          readRegistration,
        ),
        readTable(
          {
            title: 'Discovered instances',
            columns: ['Service', 'Address', 'Tags', 'Node'],
            empty: 'This instance has not looked up any service, or none has a healthy instance.',
          },
          readInstances,
        ),
        readTable(
          {
            title: 'Settings in the KV store',
            columns: ['Setting', 'Value in Consul', 'Value in use'],
            empty: `No keys below ${prefix}/.`,
          },
          readSettings,
        ),
        readTable(
          { title: 'Leader elections', columns: ['Lock', 'Leader', 'Session'], empty: `No locks below ${leaders}.` },
          readElections,
        ),
      ]),
  };
}

/** Shows a failure in place of the rows, so that the other tables remain readable. */
async function readTable(table: Omit<PanelTable, 'rows'>, read: () => Promise<Rows>): Promise<PanelTable> {
  try {
    return { ...table, rows: await read() };
  } catch (error) {
    return { ...table, rows: [], empty: describeError(error) };
  }
}
