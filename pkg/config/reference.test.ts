import { expect, test } from 'vitest';
import { list, oneOf, port, string } from './formats.ts';
import { duration } from './quantities.ts';
import { renderReference } from './reference.ts';
import type { Schema } from './schema.ts';

const schema = {
  stage: { doc: 'Where | how.', format: oneOf('a', 'b'), default: 'a' },
  http: {
    port: { doc: 'The port.', format: port(), default: 8080, reloadable: true },
    tls: { key: { doc: 'The key.', format: string(), secret: true } },
    wait: { doc: 'How long.', format: duration(), required: true },
    hosts: { doc: 'Who.', format: list(), default: [] },
  },
  app: { name: { doc: 'Its name.', format: string(), default: 'x', defaultFrom: 'package.json' } },
} as const satisfies Schema;

test('a KV store is listed between the mounted file and the variables, and cannot set secrets', () => {
  const reference = renderReference(schema, { prefix: 'APP', command: 'make docs', kvStore: 'the store' });
  expect(reference).toMatch(
    /4\. a YAML file mounted.*\n5\. the store\n6\. an environment variable.*\n7\. the command line/,
  );
  expect(reference).toContain("cannot be set in the repository's YAML files, in the KV store or in `--set`");
});

test('every setting has a row with key, variable, type, default and meaning in the table of its group', () => {
  const reference = renderReference(schema, { prefix: 'APP', command: 'make docs' });
  expect(reference.split('\n').filter((line) => /^## |^\| `[a-z]+(\.|` \| `)/.test(line))).toEqual([
    '## General',
    '| `stage` | `APP_STAGE` | one of a, b | `a` | Where \\| how. |',
    '## `http`',
    '| `http.port` | `APP_HTTP_PORT` | port; **reloadable** | `8080` | The port. |',
    '| `http.tls.key` | `APP_HTTP_TLS_KEY` | string; **secret** | none | The key. |',
    '| `http.wait` | `APP_HTTP_WAIT` | duration | none, **required** | How long. |',
    '| `http.hosts` | `APP_HTTP_HOSTS` | list of strings | empty | Who. |',
    '## `app`',
    '| `app.name` | `APP_APP_NAME` | string | package.json | Its name. |',
  ]);
  expect(reference).toContain('make docs');
  expect(reference).toContain('APP_CONFIG_DIR');
});
