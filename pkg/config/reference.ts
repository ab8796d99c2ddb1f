import { envName, locatorNames } from './env-names.ts';
import { isOptional, isSetting, type Schema, type Setting } from './schema.ts';

export interface ReferenceOptions {
  /** Prefix of every environment variable. */
  readonly prefix: string;
  /** The command that regenerates the reference. */
  readonly command: string;
  /** Entry for the KV store in the list of sources. Default: there is no KV store. */
  readonly kvStore?: string;
}

/** Renders the reference of all settings as Markdown: an introduction to the sources and one table per group. */
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
    'the default listed below',
    '`default.yaml` in the configuration directory',
    '`<environment>.yaml` in the same directory, for example `production.yaml` (optional)',
    `a YAML file mounted at run time, its path in \`${configFile}\``,
    ...(kvStore === undefined ? [] : [kvStore]),
    `an environment variable: \`${prefix}_\` plus the key in upper snake case (\`${envName(prefix, 'http.port')}\`)`,
    'the command line: `--set http.port=8080`',
  ];
  const rejectedSources =
    kvStore === undefined
      ? "the repository's YAML files or in `--set`"
      : "the repository's YAML files, in the KV store or in `--set`";
  return `# Configuration

<!-- Generated from the schema: edit that, then run \`${command}\`. -->

Each setting has a key, such as \`http.port\`. Its value comes from these sources; later ones override earlier ones:

${sources.map((source, index) => `${index + 1}. ${source}`).join('\n')}

Set the configuration directory with \`--config-dir\` or \`${configDir}\`. The default is the one next to the program.

A **secret** cannot be set in ${rejectedSources}.
Instead of setting its variable, you can set \`<variable>_FILE\` to the path of a file that contains it; setting both is
an error. A **reloadable** setting can change while the process runs.

Values are never coerced. Unknown keys and variables, invalid values, empty variables and missing required values are
errors. They are all reported at once, each with its origin, and the process exits with code 78 before it opens a
port. \`--print-config\` prints every value with its origin, even if the configuration is invalid.

Every file that is read (mounted configuration, secrets, keys, certificates) must be a regular file of at most 1 MiB. A
mounted configuration file that is empty or contains only comments is an error, because it may have been truncated; use
\`{}\` to set nothing. If the file becomes empty or invalid while the process runs, the change is rejected and the last
valid configuration stays in use.

| type | notation |
| --- | --- |
| duration | an integer and \`ms\`, \`s\`, \`m\` or \`h\`: \`250ms\`, \`10s\`, \`2m\`, \`1h\`; the unit is required, even in \`0s\` |
| byte size | an integer and \`B\`, \`KiB\`, \`MiB\` or \`GiB\`: \`512KiB\`, \`1MiB\` |
| boolean | \`true\` or \`false\` |
| list | a sequence in YAML; comma-separated in a variable or on the command line |`;
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
