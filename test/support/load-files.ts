import { join } from 'node:path';
import { loadConfig, printConfig } from '../../internal/config/config.ts';
import type { ConfigInput } from '../../internal/config/layers.ts';
import { ConfigError } from '../../pkg/config/config-error.ts';
import { temporaryFiles } from './temporary-files.ts';

export type Files = Readonly<Record<string, string>>;
export type Options = Partial<ConfigInput>;

/** Loads from real files in a folder of their own, which is the working directory too. */
export function load(files: Files = {}, options: Options = {}) {
  return loadConfig(inputOf(files, options));
}

/** Prints them as `--print-config` does. */
export function print(files: Files = {}, options: Options = {}) {
  return printConfig(inputOf(files, options));
}

function inputOf(files: Files, options: Options): ConfigInput {
  const cwd = temporaryFiles({ 'config/default.yaml': '', ...files });
  return { env: {}, set: [], defaultConfigDir: join(cwd, 'config'), cwd, ...options };
}

/** What is wrong with them. */
export function problems(files: Files = {}, options: Options = {}) {
  try {
    load(files, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
