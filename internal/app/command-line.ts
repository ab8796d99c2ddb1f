import packageJson from '../../package.json' with { type: 'json' };
import { parseCommandLine, UsageError } from '../../pkg/config/command-line.ts';
import { ConfigError } from '../../pkg/config/config-error.ts';
import { printConfig } from '../config/config.ts';
import { type ConfigInput, ENV_PREFIX } from '../config/layers.ts';

/** Exit codes from sysexits.h. */
const EX_USAGE = 64;
const EX_CONFIG = 78;

const HELP = `Usage: PROGRAM [options]

  --set KEY=VALUE     set a configuration key, overriding every other source; may be repeated
  --config-dir DIR    directory of default.yaml and <environment>.yaml (also ${ENV_PREFIX}_CONFIG_DIR)
  --print-config      print the merged configuration with the origin of each value, and exit; no KV
                      store is contacted; if the configuration is invalid, print what could be read,
                      report the problems on standard error and exit with code 78
  --version           print the version and exit
  --help              print this help and exit

Every key can also be set by an environment variable: ${ENV_PREFIX}_HTTP_PORT sets http.port.
docs/configuration.md lists all keys.
`;

export interface CommandLineInput {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Absolute path of the configuration directory that ships with the program. */
  defaultConfigDir: string;
}

export interface Program {
  /** Printed by `--help`. Default: the name of the service. */
  name?: string;
  /** Runs until a signal stops it, and returns the exit code. */
  run(input: ConfigInput): Promise<number>;
}

/**
 * Parses the command line and runs the program.
 *
 * @returns the exit code: 0 for a clean stop, 1 if the program failed, 64 for an unknown option, 78 for an invalid
 *   configuration.
 */
export async function main(
  { argv, env, defaultConfigDir }: CommandLineInput,
  { name = packageJson.name, run }: Program,
): Promise<number> {
  const help = HELP.replace('PROGRAM', name);
  try {
    const options = parse(argv);
    if (options.help) return print(help);
    if (options.version) return print(`${packageJson.name} ${packageJson.version}\n`);

    const configDir = options['config-dir'];
    const input = { env, set: options.set, defaultConfigDir, ...(configDir !== undefined && { configDir }) };
    // Does not contact a KV store, so that it works when nothing else is running.
    if (options['print-config']) {
      const { text, error } = printConfig(input);
      print(text);
      return error === undefined ? 0 : fail(error.message, EX_CONFIG);
    }
    return await run(input);
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, EX_CONFIG);
    if (error instanceof UsageError) return fail(`${error.message}\n\n${help}`, EX_USAGE);
    throw error;
  }
}

function parse(argv: readonly string[]) {
  const { values } = parseCommandLine({
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

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function fail(message: string, exitCode: number): number {
  process.stderr.write(`${message.trimEnd()}\n`);
  return exitCode;
}
