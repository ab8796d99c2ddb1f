import { expect, test } from 'vitest';
import { createExplainedFailureLog } from './failure-log.ts';

test('a failure is logged once, again when its kind changes, and its recovery', () => {
  const lines: string[] = [];
  const log = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  const explain = (error: unknown) => (String(error).includes('timeout') ? 'the agent is unavailable' : undefined);
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  const { failed, recovered } = createExplainedFailureLog({ subject: 'registration', explain }, logger);
  recovered();
  for (const message of ['timeout by a', 'timeout by b', 'denied', 'denied', 'invalid']) failed(new Error(message));
  recovered();
  recovered();
  failed(new Error('invalid'));
  expect(lines).toEqual([
    'warn registration: the agent is unavailable',
    ...['error registration failed', 'error registration failed'],
    'info registration: recovered',
    'error registration failed',
  ]);
});
