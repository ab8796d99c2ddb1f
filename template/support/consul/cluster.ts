import { setTimeout as delay } from 'node:timers/promises';
import { agentPorts, type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';

/** Three Consul servers. Any two of them form a quorum. */
export interface ConsulCluster {
  readonly agents: readonly ConsulAgent[];
  /** Waits for a leader and returns its agent. */
  leader(): Promise<ConsulAgent>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<ConsulCluster> {
  const ports = await Promise.all([agentPorts(), agentPorts(), agentPorts()]);
  const servers = ports.map(({ serf }) => serf);
  const agents = await Promise.all(ports.map((own) => startAgent({ mode: 'server', ports: own, servers })));
  const rpcPorts = ports.map(({ rpc }) => rpc);

  async function leader(): Promise<ConsulAgent> {
    const limit = performance.now() + 30_000;
    while (performance.now() < limit) {
      for (const agent of agents) {
        const address = await agent.api('GET', '/status/leader').catch(() => '');
        const found = agents[rpcPorts.findIndex((port) => address === `127.0.0.1:${port}`)];
        // One server's view may be outdated: the leader itself must serve a consistent read.
        if (found !== undefined && (await isServing(found))) return found;
      }
      await delay(50);
    }
    throw new Error('the cluster elected no leader within 30 s');
  }

  async function stop(): Promise<void> {
    await Promise.all(agents.map((agent) => agent.stop()));
  }

  try {
    await leader();
  } catch (error) {
    await stop();
    throw error;
  }
  return { agents, leader, stop };
}

async function isServing(agent: ConsulAgent): Promise<boolean> {
  try {
    const nodes = await agent.api('GET', `/health/node/${agent.node}?consistent`);
    return Array.isArray(nodes) && nodes.length > 0;
  } catch {
    return false;
  }
}
