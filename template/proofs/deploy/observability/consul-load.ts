import { startAgent } from '../../../../test/support/consul/agent.ts';
import { consulBinary } from '../../../../test/support/consul/binary.ts';
import { freePorts } from '../../../../test/support/free-ports.ts';
import type { OptionalSystem, SystemInUse } from './optional-system.ts';

export const consulSide: OptionalSystem = { available: consulBinary !== undefined, start };

async function start(): Promise<SystemInUse> {
  const agent = await startAgent();
  const [closedPort] = await freePorts(1);
  return {
    reachable: settings(agent.url),
    unreachable: settings(`http://127.0.0.1:${closedPort}`),
    line: 'registered with Consul',
    // Looks up instances. Without an agent the response is 503.
    async load(...services) {
      for (const { url } of services) await (await fetch(`${url}/v1/peers`)).text();
    },
    stop: agent.stop,
  };
}

function settings(address: string): NodeJS.ProcessEnv {
  return {
    SKIFF_CONSUL_ENABLED: 'true',
    SKIFF_CONSUL_ADDRESS: address,
    SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
  };
}
