import { expect, test } from 'vitest';
import { configOf, NAME, servicesOf } from './services.ts';

const FILE = 'compose.consul.yaml';

test('the service uses the agent that starts before it', () => {
  const { consul } = configOf('compose.yaml', FILE);
  const services = servicesOf(FILE);
  const agent = new URL(consul.address).hostname;
  expect(consul.enabled).toBe(true);
  expect(Object.keys(services)).toContain(agent);
  expect(services[NAME]).toMatchObject({ depends_on: { [agent]: { condition: 'service_healthy' } } });
});
