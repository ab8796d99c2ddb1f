import { type ConsulAgent, startAgent } from '../consul/agent.ts';
import { freePorts } from '../free-ports.ts';
import type { Service } from '../process/service.ts';

export interface ConsulSide {
  readonly agent: ConsulAgent;
  /** Settings of an instance that has an agent. */
  readonly there: NodeJS.ProcessEnv;
  /** Settings of one whose agent is away. */
  readonly away: NodeJS.ProcessEnv;
}

export async function startConsulSide(): Promise<ConsulSide> {
  const agent = await startAgent();
  const [closedPort] = await freePorts(1);
  return { agent, there: settings(agent.url), away: settings(`http://127.0.0.1:${closedPort}`) };
}

/** Has instances looked for, with an agent and without: 503. */
export async function loadPeers(...services: readonly Service[]): Promise<void> {
  for (const { url } of services) await (await fetch(`${url}/v1/peers`)).text();
}

function settings(address: string): NodeJS.ProcessEnv {
  return {
    SKIFF_CONSUL_ENABLED: 'true',
    SKIFF_CONSUL_ADDRESS: address,
    SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
  };
}
