import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packagesOf } from './packages.ts';

const root = mkdtempSync(join(tmpdir(), 'packages-'));
afterAll(() => rmSync(root, { recursive: true }));

test('packages that are imported at the start are found, once each, and nothing else', () => {
  mkdirSync(join(root, 'pkg'));
  writeFileSync(
    join(root, 'pkg/a.ts'),
    `import { join } from 'node:path';
import type { Logger } from 'pino';
import fastify, {
  type FastifyInstance,
} from 'fastify';
import { Value } from 'typebox/value';
import { b } from './b.ts';
const later = import('jose');
`,
  );
  writeFileSync(join(root, 'pkg/b.ts'), "export { Type } from 'typebox';\nimport fastify from 'fastify';\n");
  writeFileSync(join(root, 'pkg/b.test.ts'), "import fc from 'fast-check';\n");
  const forPeople = ['pino-pretty', '@fastify/swagger-ui'];
  expect(packagesOf(root).toSorted()).toEqual(['fastify', 'typebox', 'typebox/value', ...forPeople].toSorted());
});
