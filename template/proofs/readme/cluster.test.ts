/** Runs on the cluster that KUBECONFIG names. Its nodes need the image that template/proofs/container/readme.test.ts saved. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { read } from '../../../test/docs/markdown.ts';
import { cleanEnvironment, createTerminal } from '../container/terminal.ts';
import { blocksIn } from '../docs/blocks.ts';

test('the service of the README is installed in a cluster, passes helm test and responds', {
  timeout: 5 * 60_000,
}, async () => {
  const { README_OUT, KUBECONFIG } = process.env;
  if (README_OUT === undefined || KUBECONFIG === undefined) throw new Error('set README_OUT and KUBECONFIG');
  const [block, ...more] = blocksIn(read('README.md')).filter(({ section }) => section === 'Deploy to Kubernetes');
  expect(more).toEqual([]);

  const terminal = createTerminal(join(README_OUT, 'service'), cleanEnvironment());
  onTestFinished(async () => {
    await terminal.run('helm uninstall orders --wait');
  });
  const forwarding = terminal.serve(block?.code ?? '', /Forwarding from/);
  onTestFinished(() => forwarding.stop());
  await forwarding.ready;
  expect(await (await fetch('http://localhost:8080/version')).json()).toMatchObject({ name: 'orders' });
});
