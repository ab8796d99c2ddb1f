import type { Logger } from 'pino';
import { readRegularTextFile } from '../files/regular-file.ts';
import { type WatchFilesOptions, watchFiles } from '../files/watch-files.ts';
import { type KeySet, logLeftOut, parseKeySet } from './key-set.ts';
import { type KeySource, KeysUnavailableError } from './key-source.ts';

export interface FileKeysOptions extends Pick<WatchFilesOptions, 'pollMs' | 'settleMs'> {
  /** Holds a JSON Web Key Set. Read again when it changes. */
  path: string;
}

/** The keys of an issuer from a file. `start` rejects for one that cannot be used; a later such change is refused. */
export function createFileKeys({ path, ...watching }: FileKeysOptions, { logger }: { logger: Logger }): KeySource {
  let keys: KeySet | undefined;
  let generation = 0;
  let unwatch: (() => void) | undefined;

  function load(): void {
    keys = parseKeySet(readRegularTextFile(path));
    generation += 1;
    logger.info({ path }, 'token keys in use');
    logLeftOut(logger, keys.leftOut, { path });
  }
  function reload(): void {
    try {
      load();
    } catch (error) {
      logger.error({ err: error, path }, 'new token keys refused, the former stay in use');
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
