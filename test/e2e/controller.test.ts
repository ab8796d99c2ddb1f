import { expect, test } from 'vitest';
import { runServer } from '../support/service.ts';

const program = 'cmd/controller/main.ts';
const env = { HOME: '/nonexistent' };

test('without a cluster, the controller exits with 78 and names what it looked for', async () => {
  const { code, stderr } = await runServer({ program, env });
  expect(code).toBe(78);
  for (const place of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', '/nonexistent/.kube/config']) {
    expect(stderr).toContain(place);
  }
});

test('so does the service, if it is to use the Kubernetes API', async () => {
  const { code, stderr } = await runServer({ env: { ...env, SKIFF_KUBERNETES_ENABLED: 'true' } });
  expect([code, stderr]).toEqual([78, expect.stringContaining('kubernetes: expected a cluster: no cluster found')]);
});

test('the controller has the command line of the service', async () => {
  const help = await runServer({ program, env, args: ['--help'] });
  expect(help.stdout).toMatch(/^Usage: [\w-]+-controller /);
  const printed = await runServer({ program, env, args: ['--print-config', '--set', 'controller.concurrency=7'] });
  expect([printed.code, printed.stdout]).toEqual([
    0,
    expect.stringMatching(/^ {2}concurrency: 7 .*--set controller\.concurrency/m),
  ]);
});
