/**
 * Stands for election and, once elected, writes with its fence again and again, whether its signal has aborted or not: as
 * a process does that was paused and does not know yet. Usage: candidate.ts ADDRESS LOCK-KEY WRITE-KEY TTL-MS LOCK-DELAY-MS
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createConsulClient } from '../../../../pkg/consul/client.ts';
import { createKv } from '../../../../pkg/consul/kv.ts';
import { createLeaderElection } from '../../../../pkg/consul/leader-election.ts';

const [address = '', key = '', writeKey = '', ttlMs, lockDelayMs] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const client = createConsulClient({ address });
const kv = createKv(client);
const logger = { info() {}, warn() {}, error() {} };
const election = createLeaderElection(
  { key, candidate: String(process.pid), ttlMs: Number(ttlMs), lockDelayMs: Number(lockDelayMs) },
  { client, logger },
);
election.start(async ({ fence }) => {
  say('elected');
  for (;;) {
    try {
      const { value: entry } = await kv.get(writeKey);
      const write = { verb: 'cas', key: writeKey, value: String(process.pid), index: entry?.modifyIndex ?? 0 } as const;
      say((await kv.transact([fence, write])) === undefined ? 'refused' : 'written');
    } catch (error) {
      say(String(error));
    }
    await delay(20);
  }
});
