import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { list, port, string } from './formats.ts';
import type { Schema } from './schema.ts';
import { readYamlLayer } from './yaml-layer.ts';

const setting = { doc: '', format: string() };
const schema = {
  name: setting,
  http: { port: { doc: '', format: port() }, proxies: { doc: '', format: list() }, tls: { certFile: setting } },
} as const satisfies Schema;

function read(content: string | Uint8Array, blank: 'error' | 'empty' = 'empty') {
  const cwd = temporaryFiles({ 'config/a.yaml': content });
  return readYamlLayer(schema, join(cwd, 'config/a.yaml'), { source: 'repository', cwd, missing: 'error', blank });
}

test('the origin of each value is its file and line', () => {
  const { entries, problems } = read(
    '# why\nname: a\n\nhttp:\n  port: 8080 # here\n  proxies:\n    - x\n    - y\n  tls: { certFile: /c }\n',
  );
  expect(problems).toEqual([]);
  expect(entries).toEqual([
    { key: 'name', origin: 'config/a.yaml:2', raw: { yaml: 'a' } },
    { key: 'http.port', origin: 'config/a.yaml:5', raw: { yaml: 8080 } },
    { key: 'http.proxies', origin: 'config/a.yaml:6', raw: { yaml: ['x', 'y'] } },
    { key: 'http.tls.certFile', origin: 'config/a.yaml:9', raw: { yaml: '/c' } },
  ]);
});

test('an empty file, a file of comments and a section of comments set nothing', () => {
  for (const content of ['', '# only this\n', '---\n', 'http:\n  # port: 80\n', 'http: {}\n', '\ufeff']) {
    expect(read(content), content).toMatchObject({ entries: [], problems: [] });
  }
});

test('where a file must not be blank, a truncated one is a problem, and `{}` sets nothing', () => {
  for (const content of ['', ' \n\t\n', '# only this\n', '---\n', '~\n', '\ufeff']) {
    expect(read(content, 'error').problems, content).toEqual([
      { origin: 'config/a.yaml', expected: 'a mapping of keys to values, or {} for none; it is empty' },
    ]);
  }
  for (const content of ['{}\n', 'http:\n  # port: 80\n']) expect(read(content, 'error').problems, content).toEqual([]);
});

test('a malformed file is a problem with a line number, and sets nothing', () => {
  for (const [content, line] of [
    ['name: a\nhttp: [1\nx', 3],
    ['name: a\n\tb: 1\n', 2],
    ['name: "a', 1],
    ['a: b: c\n', 1],
    ['name: a\n---\nname: b\n', 2],
    ['name: !!js/function x\n', 1],
  ] as const) {
    const { entries, problems } = read(content);
    expect(entries, content).toEqual([]);
    expect(problems[0], content).toMatchObject({ expected: expect.stringContaining('well-formed YAML') });
    expect(problems[0]?.origin, content).toBe(`config/a.yaml:${line}`);
  }
});

test('a duplicate key is a problem with a line number, and the rest of the file is still checked', () => {
  const { entries, problems } = read('http:\n  port: 1\n  port: 2\nnmae: x\n');
  expect(problems).toEqual([{ origin: 'config/a.yaml:3', expected: 'each key at most once' }]);
  expect(entries.map(({ key }) => key)).toContain('nmae');
});

test('an alias is a problem with a line number, so a file that would expand to gigabytes is never expanded', () => {
  const bomb = 'a: &a [x, x]\nb: &b [*a, *a]\nname: [*b, *b]\n';
  expect(read(bomb)).toMatchObject({ entries: [], problems: expect.arrayContaining([expect.anything()]) });
  expect(read('name: &x { a: *x }\n').problems).toEqual([
    { origin: 'config/a.yaml:1', expected: 'the value itself instead of the alias *x' },
  ]);
});

test('a file or section that is not a mapping is a problem', () => {
  for (const content of ['- a\n', 'just text\n', '5\n']) {
    expect(read(content).problems, content).toEqual([
      { origin: 'config/a.yaml:1', expected: 'a mapping of keys to values' },
    ]);
  }
  expect(read('name: a\nhttp: 8080\n').problems).toEqual([
    { key: 'http', origin: 'config/a.yaml:2', expected: 'a mapping of keys to values' },
  ]);
});

test('a dotted key is a problem: otherwise a file could set the same key twice', () => {
  expect(read('http.port: 80\n')).toMatchObject({
    entries: [],
    problems: [{ key: 'http.port', expected: 'nested mappings instead of dots in a key' }],
  });
});

test('an unknown key, including one from the prototype chain, is one entry, whatever is below it', () => {
  const { entries } = read(
    'other: { a: 1, b: 2 }\nhttp: { constructor: { prototype: { x: 1 } } }\n__proto__: { polluted: 1 }\n',
  );
  expect(entries.map(({ key }) => key)).toEqual(['other', 'http.constructor', '__proto__']);
  expect({}).not.toHaveProperty('polluted');
});

test('keys that are not strings become entries instead of crashing the reader', () => {
  const { entries } = read('? [a, b]\n: 1\n5: x\nnull: y\n<<: { name: b }\n');
  expect(entries.map(({ key }) => key)).toEqual(['(not a scalar)', '5', 'null', '<<']);
});

test('a mapping in place of a value becomes an entry, which its setting then rejects', () => {
  expect(read('name:\n  ? [a]\n  : 1\n').entries).toEqual([
    { key: 'name', origin: 'config/a.yaml:1', raw: { yaml: { '[ a ]': 1 } } },
  ]);
});

test('values follow YAML 1.2: `yes` is a string and `010` is 10', () => {
  expect(read('name: yes\nhttp: { port: 010 }\n').entries).toMatchObject([
    { raw: { yaml: 'yes' } },
    { raw: { yaml: 10 } },
  ]);
});

test('a missing file is a problem with a hint, or an empty layer', () => {
  const options = { source: 'repository', cwd: '/srv', blank: 'empty' } as const;
  expect(
    readYamlLayer(schema, '/srv/none/a.yaml', { ...options, missing: 'error', missingHint: 'is it mounted?' }).problems,
  ).toEqual([
    {
      origin: 'none/a.yaml',
      expected: 'a readable file (ENOENT: no such file or directory); is it mounted?',
    },
  ]);
  expect(readYamlLayer(schema, '/srv/none/a.yaml', { ...options, missing: 'empty' })).toMatchObject({ problems: [] });
});

test('a file that exists but cannot be read is a problem, even if the file is optional', () => {
  const cwd = temporaryFiles({ 'folder/x': '', 'bytes.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xff]) });
  const options = { source: 'mounted', cwd, missing: 'empty', blank: 'error' } as const;
  expect(readYamlLayer(schema, join(cwd, 'folder'), options).problems).toMatchObject([
    { origin: 'folder', expected: expect.stringContaining('it is a directory') },
  ]);
  expect(readYamlLayer(schema, join(cwd, 'bytes.yaml'), options).problems).toMatchObject([
    { expected: 'a readable file (it is not UTF-8)' },
  ]);
});
