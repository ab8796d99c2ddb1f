import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError } from '../../pkg/config/config-error.ts';
import { printConfig } from '../config/config.ts';
import { ENV_PREFIX } from '../config/layers.ts';
import { runApp } from './app.ts';
import type { CreateDomain } from './domain.ts';

/** sysexits.h: the command was used wrongly; the configuration is wrong. */
const EX_USAGE = 64;
const EX_CONFIG = 78;

const HELP = `Usage: ${packageJson.name} [options]

  --set KEY=VALUE     set a configuration key, over every other layer; may be repeated
  --config-dir DIR    where default.yaml and <environment>.yaml are (also ${ENV_PREFIX}_CONFIG_DIR)
  --print-config      print the merged configuration with the origin of each value, and exit; it
                      asks nobody else for settings; an invalid configuration is printed as far as it
                      could be read, then its problems on standard error, with exit code 78
  --version           print the version, and exit
  --help              print this, and exit

Every key has an environment variable: http.port is ${ENV_PREFIX}_HTTP_PORT. docs/configuration.md lists them all.
`;

export interface CommandLineInput {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Absolute path of the configuration that was delivered with the program. */
  defaultConfigDir: string;
  /** What the service is there for. */
  domains: readonly CreateDomain[];
}

/** @returns the exit code: 0 clean, 1 the service failed, 64 unknown option, 78 wrong configuration. */
export async function main({ argv, env, defaultConfigDir, domains }: CommandLineInput): Promise<number> {
  try {
    const options = parse(argv);
    if (options.help) return print(HELP);
    if (options.version) return print(`${packageJson.name} ${packageJson.version}\n`);

    const configDir = options['config-dir'];
    const input = { env, set: options.set, defaultConfigDir, ...(configDir !== undefined && { configDir }) };
    // From here alone: it has to work where nothing else runs.
    if (options['print-config']) {
      const { text, error } = printConfig(input);
      print(text);
      return error === undefined ? 0 : fail(error.message, EX_CONFIG);
    }
    return await runApp(input, domains);
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, EX_CONFIG);
    if (isUsageError(error)) return fail(`${error.message}\n\n${HELP}`, EX_USAGE);
    throw error;
  }
}

function parse(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      set: { type: 'string', multiple: true, default: [] },
      'config-dir': { type: 'string' },
      'print-config': { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

function isUsageError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function fail(message: string, exitCode: number): number {
  process.stderr.write(`${message.trimEnd()}\n`);
  return exitCode;
}
