import { envName, locatorNames } from './env-names.ts';
import { isOptional, isSetting, type Schema, type Setting } from './schema.ts';

export interface ReferenceOptions {
  /** What every variable begins with. */
  readonly prefix: string;
  /** Writes the reference again. */
  readonly command: string;
  /** The KV store that settings are also read from, as the list of sources names it. Default: none. */
  readonly kvStore?: string;
}

/** The reference of all settings, as Markdown: one table for each top-level group, after how they are given. */
export function renderReference(schema: Schema, options: ReferenceOptions): string {
  const { prefix } = options;
  const top: string[] = [];
  const sections: string[] = [];
  for (const [name, node] of Object.entries(schema)) {
    if (isSetting(node)) top.push(row(prefix, name, node));
    else sections.push(`## \`${name}\`\n\n${table(rows(prefix, `${name}.`, node))}`);
  }
  const first = top.length === 0 ? [] : [`## General\n\n${table(top)}`];
  return `${[introduction(options), ...first, ...sections].join('\n\n')}\n`;
}

function introduction({ prefix, command, kvStore }: ReferenceOptions): string {
  const { configDir, configFile } = locatorNames(prefix);
  const sources = [
    'the default, below',
    '`default.yaml` in the configuration directory',
    '`<environment>.yaml` there, for example `production.yaml`; it may be absent',
    `a YAML file mounted at run time, named by \`${configFile}\``,
    ...(kvStore === undefined ? [] : [kvStore]),
    `an environment variable: \`${prefix}_\` and the key in upper snake case (\`${envName(prefix, 'http.port')}\`)`,
    'the command line: `--set http.port=8080`',
  ];
  const readByMany =
    kvStore === undefined ? "the repository's YAML and" : "the repository's YAML, from the KV store and";
  return `# Configuration

<!-- Generated from the schema: edit that, then run \`${command}\`. -->

A setting has a key (\`http.port\`). Its value comes from the last of these that has one:

${sources.map((source, index) => `${index + 1}. ${source}`).join('\n')}

The configuration directory is given by \`--config-dir\` or \`${configDir}\`; unset, it is the one beside the program.

A **secret** is refused from ${readByMany} from \`--set\`.
Instead of its variable, \`<variable>_FILE\` may name a file that holds it; both at once are an error. A **reloadable**
setting may change while the process runs.

Values are taken as written or not at all. An unknown key or variable, a value that does not fit, an empty variable and
a missing value are errors. All of them are reported at once, each with where it was written, and the process
exits with code 78 before it opens a port. \`--print-config\` shows every value and where it came from,
also while the configuration is invalid.

Every file that is read (mounted configuration, secrets, keys, certificates) must be a regular file of at most 1 MiB. A
mounted file that is empty or holds only comments is an error, for it may have been truncated: \`{}\` sets nothing. One that
becomes empty or invalid while the process runs is rejected, and the last good one stays in use.

| type | written |
| --- | --- |
| duration | a whole number and \`ms\`, \`s\`, \`m\` or \`h\`: \`250ms\`, \`10s\`, \`2m\`, \`1h\`; always with its unit, \`0s\` too |
| byte size | a whole number and \`B\`, \`KiB\`, \`MiB\` or \`GiB\`: \`512KiB\`, \`1MiB\` |
| boolean | \`true\` or \`false\` |
| list | in YAML a sequence; in a variable or on the command line separated by commas |`;
}

function rows(prefix: string, path: string, group: Schema): string[] {
  return Object.entries(group).flatMap(([name, node]) =>
    isSetting(node) ? [row(prefix, path + name, node)] : rows(prefix, `${path}${name}.`, node),
  );
}

function row(prefix: string, key: string, setting: Setting): string {
  const cells = [
    `\`${key}\``,
    `\`${envName(prefix, key)}\``,
    setting.format.type + marks(setting),
    defaultText(setting),
    setting.doc,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function table(lines: readonly string[]): string {
  return ['| key | variable | type | default | meaning |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function marks({ secret, reloadable }: Setting): string {
  return `${secret === true ? '; **secret**' : ''}${reloadable === true ? '; **reloadable**' : ''}`;
}

function defaultText(setting: Setting): string {
  if (setting.defaultFrom !== undefined) return setting.defaultFrom;
  if (setting.default !== undefined) {
    return Array.isArray(setting.default) && setting.default.length === 0 ? 'empty' : `\`${setting.default}\``;
  }
  return isOptional(setting) ? 'none' : 'none, **required**';
}
