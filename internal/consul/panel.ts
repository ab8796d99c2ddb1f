import { allInstances } from '../../pkg/consul/health-api.ts';
import { createKv } from '../../pkg/consul/kv.ts';
import type { Panel, PanelTable } from '../../pkg/devtools/panel.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import type { Configuration } from '../config/config.ts';
import type { Consul } from './connect.ts';
import { kvPrefix, listSettings, parseSettings } from './settings.ts';

export interface ConsulPanelContext {
  configuration: Configuration;
  consul: Consul | undefined;
}

type Rows = PanelTable['rows'];

/** Creates the view of Consul in the development dashboard. Returns undefined if Consul is disabled. */
export function createConsulPanel({ configuration, consul }: ConsulPanelContext): Panel | undefined {
  if (consul === undefined) return undefined;
  const { client, resolver } = consul;
  const kv = createKv(client);
  const { name } = configuration.current.service;
  const prefix = kvPrefix(configuration.current);
  const leaders = `${name}/leader/`;

  async function readRegistrations(): Promise<Rows> {
    const instances = await allInstances(client, name);
    return instances.flatMap(({ id, address, port, node, checks }) =>
      checks.map(({ status, output }) => [id, `${address}:${port}`, node, status, output]),
    );
  }

  async function readInstances(): Promise<Rows> {
    return [...resolver.services()].flatMap(([service, instances]) =>
      instances.map(({ address, port, tags, node }) => [service, `${address}:${port}`, tags.join(', '), node]),
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
            title: 'Registered instances of this service',
            columns: ['Service ID', 'Address', 'Node', 'Check', 'Output'],
            empty: 'None. For the reason, see the check consul in the health view.',
          },
          readRegistrations,
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
