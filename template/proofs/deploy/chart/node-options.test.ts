import { describe, expect, test } from 'vitest';
import { at, render, theOne } from '../../../../test/deploy/helm.ts';
import { imageEnvironment } from '../../image-environment.ts';

/** Returns the environment variables of the container for these values. */
async function environment(values: object, component?: string): Promise<Record<string, unknown>> {
  const path = 'spec.template.spec.containers.0.env';
  const env = at(theOne(await render(values), 'Deployment', component), path) as { name: string; value?: string }[];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

const withLimits = (limits: object) => ({ resources: { limits } });
const optionsFor = async (memory: unknown) => (await environment(withLimits({ memory }))).NODE_OPTIONS;

test('with the default memory limit, the options are those of the image', async () => {
  const { NODE_OPTIONS } = imageEnvironment();
  expect((await environment({})).NODE_OPTIONS).toBe(NODE_OPTIONS);
  expect((await environment({ controller: { enabled: true } }, 'controller')).NODE_OPTIONS).toBe(NODE_OPTIONS);
});

test.each([
  ['128Mi', 50, 4],
  ['256Mi', 50, 4],
  ['511Mi', 71, 4],
  ['512Mi', 67, 16],
  ['1Gi', 75, 16],
  ['8Gi', 75, 16],
])(
  'with a limit of %s, the old generation is %d percent and a semi-space is %d MiB',
  async (memory, percentage, semiSpace) => {
    const expected = `--max-old-space-size-percentage=${percentage} --max-semi-space-size=${semiSpace}`;
    expect(await optionsFor(memory)).toBe(expected);
  },
);

describe('every form of a quantity is understood:', () => {
  test.each([
    ['512Mi', '0.5Gi', '.5Gi', '524288Ki', '+512Mi', 536_870_912, '536870912', '536870912000m', '0.536870912G'],
    ['1Gi', 1_073_741_824, '1073741824', '1.073741824e9', '1073.741824E6', '1.0Gi', '1024Mi', '1073741824e0'],
    ['1Ti', '1e12', '1E', '1Pi', '1Ei', '1P', '1T', '1E12'],
    ['300Mi', '314572.8k', '314.5728M', '314572800000000u', '314572800000000000n', 314_572_800],
  ])('%s', async (...quantities) => {
    const options = await Promise.all(quantities.map(optionsFor));
    expect(new Set(options).size).toBe(1);
    expect(options[0]).toContain('--max-semi-space-size=');
  });
});

test.each(['lots', '256MB', '1 Gi', 'Mi', '', '-1Gi'])('%j is rejected as a limit', async (memory) => {
  await expect(optionsFor(memory)).rejects.toThrow(`"${memory}" is not a quantity`);
});

test('the thread pool grows with the CPU limit if that is more than four cores', async () => {
  const sizes = ['500m', 4, '4500m', 16, '64', '5000'].map(async (cpu) => {
    return (await environment(withLimits({ cpu }))).UV_THREADPOOL_SIZE;
  });
  expect(await Promise.all(sizes)).toEqual([undefined, undefined, '5', '16', '64', '1024']);
});

test('variables in extraEnv replace those that the chart derives', async () => {
  const extraEnv = [
    { name: 'NODE_OPTIONS', value: '--max-old-space-size=300' },
    { name: 'UV_THREADPOOL_SIZE', value: '6' },
  ];
  const values = { extraEnv, ...withLimits({ cpu: 8, memory: '1Gi' }) };
  expect(await environment(values)).toMatchObject({
    NODE_OPTIONS: '--max-old-space-size=300',
    UV_THREADPOOL_SIZE: '6',
  });
});

test('the controller has the options for its own limits', async () => {
  const resources = { limits: { cpu: 6, memory: '1Gi' } };
  const controller = await environment({ controller: { enabled: true, resources } }, 'controller');
  expect(controller.UV_THREADPOOL_SIZE).toBe('6');
  expect(controller.NODE_OPTIONS).toBe('--max-old-space-size-percentage=75 --max-semi-space-size=16');
});
