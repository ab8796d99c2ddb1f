import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { at, CHART, outputOf, parseManifests, theOne } from '../../../../test/deploy/helm.ts';
import { VALUES_FILES } from './value-sets.ts';

/** Returns the lines in the shell blocks of a document that start with `beginning`. */
function commandsIn(file: string, beginning: string): string[] {
  const blocks = readFileSync(file, 'utf8').matchAll(/```sh\n(.*?)```/gs);
  return [...blocks].flatMap(([, block = '']) => block.split('\n')).filter((line) => line.startsWith(beginning));
}

test('the helm install command in the README of the chart installs the service', async () => {
  const commands = commandsIn(join(CHART, 'README.md'), 'helm install ');
  expect(commands).toHaveLength(1);
  for (const command of commands) {
    const env = { ...process.env, REGISTRY: 'registry.internal:5000' };
    const output = await outputOf('bash', ['-euc', `${command} --dry-run=client --output json`], env);
    const deployment = theOne(parseManifests(JSON.parse(output).manifest), 'Deployment');
    expect(deployment.metadata).toMatchObject({ name: 'skiff', namespace: 'skiff' });
    const image = at(deployment, 'spec.template.spec.containers.0.image');
    expect(image).toMatch(/^registry\.internal:5000\/skiff:/);
  }
});

test('the helm install commands in the comments of the values files work', async () => {
  for (const name of VALUES_FILES) {
    const [command] = readFileSync(join(CHART, name), 'utf8').match(/^# helm install .*$/m) ?? [''];
    const output = await outputOf('bash', ['-euc', `${command.slice(2)} --dry-run=client`]);
    expect(output).toContain('STATUS: pending-install');
  }
});
