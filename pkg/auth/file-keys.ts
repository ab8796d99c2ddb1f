import type { Logger } from 'pino';
import { readRegularTextFile } from '../files/regular-file.ts';
import { type WatchFilesOptions, watchFiles } from '../files/watch-files.ts';
import { type KeySet, logIgnoredKeys, parseKeySet } from './key-set.ts';
import { type KeySource, KeysUnavailableError } from './key-source.ts';

export interface FileKeysOptions extends Pick<WatchFilesOptions, 'pollMs' | 'settleMs'> {
  /** Path of a JSON Web Key Set. Reread when it changes. */
  path: string;
}

/** Reads an issuer's keys from a file. `start` rejects if the file is invalid; a later invalid version is ignored. */
export function createFileKeys({ path, ...watching }: FileKeysOptions, { logger }: { logger: Logger }): KeySource {
  let keys: KeySet | undefined;
  let generation = 0;
  let unwatch: (() => void) | undefined;

  function load(): void {
    keys = parseKeySet(readRegularTextFile(path));
    generation += 1;
    logger.info({ path }, 'token keys in use');
    logIgnoredKeys(logger, keys.ignored, { path });
  }
  function reload(): void {
    try {
      load();
    } catch (error) {
      logger.error({ err: error, path }, 'rejected new token keys; keeping the previous ones');
    }
  }

  return {
    get generation() {
      return generation;
    },
    async find(header, token) {
      if (!keys) throw new KeysUnavailableError(path);
      return keys.find(header, token);
    },
    async start() {
      unwatch = watchFiles([path], { ...watching, onChange: reload });
      try {
        load();
      } catch (cause) {
        unwatch();
        throw new KeysUnavailableError(path, cause);
      }
    },
    stop: () => unwatch?.(),
  };
}
