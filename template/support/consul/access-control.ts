import { setTimeout as delay } from 'node:timers/promises';
import { type AgentOptions, type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';

export interface ProtectedAgent extends ConsulAgent {
  /** A token with full access. */
  readonly managementToken: string;
  /** Creates a token with a policy of these rules (HCL). */
  createToken(rules: string): Promise<{ accessor: string; secret: string }>;
  revokeToken(accessor: string): Promise<void>;
}

/** Starts an agent with access control, which denies everything that no rule allows. */
export async function startProtectedAgent(options: AgentOptions = {}): Promise<ProtectedAgent> {
  const hcl = 'acl { enabled = true default_policy = "deny" }';
  const agent = await startAgent({ ...options, hcl });
  const managementToken = property(await bootstrap(agent), 'SecretID');
  const asManager = { token: managementToken };
  let policies = 0;
  return {
    ...agent,
    managementToken,
    async createToken(rules) {
      policies += 1;
      const name = `policy-${policies}`;
      await agent.api('PUT', '/acl/policy', { ...asManager, body: { Name: name, Rules: rules } });
      const token = await agent.api('PUT', '/acl/token', { ...asManager, body: { Policies: [{ Name: name }] } });
      return { accessor: property(token, 'AccessorID'), secret: property(token, 'SecretID') };
    },
    async revokeToken(accessor) {
      await agent.api('DELETE', `/acl/token/${accessor}`, asManager);
    },
  };
}

/** Bootstraps access control. Retries, because it may not be available right after the leader election. */
async function bootstrap(agent: ConsulAgent): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await agent.api('PUT', '/acl/bootstrap');
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    }
  }
}

function property(value: unknown, name: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (typeof found !== 'string') throw new Error(`missing ${name} in ${JSON.stringify(value)}`);
  return found;
}
