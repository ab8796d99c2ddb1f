import { type Noun, withNoun } from './noun.ts';

/** The API group of the custom resources. */
const API_GROUP = 'batch.example.com';

/** Adds an import at the top of internal/app/domains.ts, and an entry at the end of the list. */
export function withDomain(text: string, noun: Noun, code: Noun): string {
  const create = withNoun('createSampleThings', noun, code);
  return withEntry(text, create, `../${noun.plural}/${noun.plural}.ts`);
}

/** The same for internal/controller/controllers.ts. */
export function withController(text: string, noun: Noun, code: Noun): string {
  const create = withNoun('createSampleThing', noun, code);
  return withEntry(text, create, `../${noun.plural}/${noun.singular}.ts`);
}

function withEntry(text: string, create: string, path: string): string {
  const end = text.lastIndexOf(']');
  const before = text.slice(0, end);
  // The last entry of a list on one line has no trailing comma yet.
  const comma = /(?:[[,]|\/\/.*\n)\s*$/.test(before) ? '' : ',';
  return `import { ${create} } from '${path}';\n${before}${comma}${create},${text.slice(end)}`;
}

/** Adds an import at the top of internal/config/schema.ts, and an entry at the end of the schema. */
export function withSettings(text: string, noun: Noun, code: Noun): string {
  const [key, schema] = ['sampleThing', 'sampleThingSchema'].map((name) => withNoun(name, noun, code));
  if (new RegExp(`^  ${key}[:,]`, 'm').test(text)) throw new Error(`There already are settings with the key "${key}"`);
  const end = text.lastIndexOf('} as const satisfies Schema');
  if (end === -1) throw new Error('internal/config/schema.ts: expected "} as const satisfies Schema" at its end');
  return `import { ${schema} } from '../${noun.plural}/schema.ts';\n${text.slice(0, end)}  ${key}: ${schema},\n${text.slice(end)}`;
}

/** Adds the roles of the domain after the existing ones in config/default.yaml. */
export function withGrants(text: string, { plural }: Noun): string {
  const grants = [
    `${plural}-reader=${plural}:read`,
    ...['read', 'write'].map((action) => `${plural}-editor=${plural}:${action}`),
  ];
  const list = /^ {2}grants:\n(?: {4}- .*\n)+/m.exec(text);
  if (list === null) {
    throw new Error('config/default.yaml: expected auth.grants as a list with one "- role=permission" entry per line');
  }
  const end = list.index + list[0].length;
  return text.slice(0, end) + grants.map((grant) => `    - ${grant}\n`).join('') + text.slice(end);
}

/** Adds the permissions on a custom resource to the RBAC rules of the controller, above those on Events. */
export function withRules(text: string, noun: Noun): string {
  const plural = withNoun('samplethings', noun);
  const [line, indentation = ''] = /^( *)# Events$/m.exec(text) ?? [];
  if (line === undefined) throw new Error('the RBAC rules of the controller: expected the line "# Events"');
  const rules = [
    `- { apiGroups: [${API_GROUP}], resources: [${plural}], verbs: [list, watch, patch] }`,
    `- { apiGroups: [${API_GROUP}], resources: [${plural}/status], verbs: [patch] }`,
  ];
  return text.replace(line, `${rules.map((rule) => indentation + rule).join('\n')}\n${line}`);
}
