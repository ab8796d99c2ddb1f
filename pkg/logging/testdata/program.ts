/** A program for line-sink.test.ts: `node program.ts <end>`. Logs 2,000 lines (about 600 kB) and ends immediately. */
import { createLogging } from '../logging.ts';

const { logger } = await createLogging({ level: 'info', format: 'json' });
for (let line = 1; line <= 2000; line++) logger.info({ line, text: 'x'.repeat(250) }, 'line');

const ends: Record<string, () => void> = {
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('lost');
  },
  fatal: () => {
    logger.fatal('last words');
    process.kill(process.pid, 'SIGKILL');
  },
  end: () => {},
};
ends[process.argv[2] ?? '']?.();
