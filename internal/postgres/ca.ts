import { ConfigError } from '../../pkg/config/config-error.ts';
import { readTextFile } from '../../pkg/config/text-file.ts';

/**
 * Reads the file with the certificate authorities, if there is one.
 *
 * @throws ConfigError
 */
export function readCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const key = 'postgres.caFile';
  const read = readTextFile(file);
  if ('failure' in read) throw new ConfigError([{ key, origin: file, expected: `a readable file (${read.failure})` }]);
  // Node treats an empty string as absent: with a truncated file it would trust its default authorities.
  if (!read.text.includes('-----BEGIN ')) throw new ConfigError([{ key, origin: file, expected: 'a PEM file' }]);
  return read.text;
}
