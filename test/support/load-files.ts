import { join } from 'node:path';
import { loadConfig, printConfig } from '../../internal/config/config.ts';
import type { ConfigInput } from '../../internal/config/layers.ts';
import { ConfigError } from '../../pkg/config/config-error.ts';
import { temporaryFiles } from './temporary-files.ts';

export type Files = Readonly<Record<string, string>>;
export type Options = Partial<ConfigInput>;

/** Writes the files to a temporary folder, which is also the working directory, and loads the configuration from it. */
export function load(files: Files = {}, options: Options = {}) {
  return loadConfig(inputOf(files, options));
}

/** Returns the output of `--print-config` for these files. */
export function print(files: Files = {}, options: Options = {}) {
  return printConfig(inputOf(files, options));
}

function inputOf(files: Files, options: Options): ConfigInput {
  const cwd = temporaryFiles({ 'config/default.yaml': '', ...files });
  return { env: {}, set: [], defaultConfigDir: join(cwd, 'config'), cwd, ...options };
}

/** Returns the problems that loading these files reports. */
export function problems(files: Files = {}, options: Options = {}) {
  try {
    load(files, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
