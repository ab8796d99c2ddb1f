import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../../../internal/config/config.ts';

const ROOT = join(import.meta.dirname, '../../../..');
export const FOLDER = join(ROOT, 'deploy/compose');
/** Name of the service under test in the Compose files. */
export const NAME = 'skiff';

interface Service {
  image: string;
  environment: Record<string, string>;
  stop_grace_period: string;
  volumes?: string[];
}

export function servicesOf(file: string): Record<string, Service> {
  return parse(readFileSync(join(FOLDER, file), 'utf8')).services;
}

/** Returns the configuration of the service in its image, with the variables of these files. */
export function configOf(...files: string[]) {
  const env = Object.assign({ NODE_ENV: 'production' }, ...files.map((file) => servicesOf(file)[NAME]?.environment));
  return loadConfig({ env, set: [], defaultConfigDir: join(ROOT, 'config') }).config;
}
