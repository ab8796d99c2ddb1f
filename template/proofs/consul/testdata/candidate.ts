/**
 * Takes part in an election and, once elected, keeps writing with its fence even after its signal has aborted. This simulates
 * a process that was paused and does not know that it has lost the election.
 *
 * Usage: candidate.ts ADDRESS LOCK-KEY WRITE-KEY TTL-MS LOCK-DELAY-MS
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createConsulClient } from '../../../../pkg/consul/client.ts';
import { createKv } from '../../../../pkg/consul/kv.ts';
import { createLeaderElection } from '../../../../pkg/consul/leader-election.ts';

const [address = '', key = '', writeKey = '', ttlMs, lockDelayMs] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);
const client = createConsulClient({ address });
const kv = createKv(client);
const logger = { info() {}, warn() {}, error() {} };
const election = createLeaderElection(
  { key, candidate: String(process.pid), ttlMs: Number(ttlMs), lockDelayMs: Number(lockDelayMs) },
  { client, logger },
);
election.start(async ({ fence }) => {
  print('elected');
  for (;;) {
    try {
      const { value: entry } = await kv.get(writeKey);
      const write = { verb: 'cas', key: writeKey, value: String(process.pid), index: entry?.modifyIndex ?? 0 } as const;
      print((await kv.transact([fence, write])) === undefined ? 'rejected' : 'written');
    } catch (error) {
      print(String(error));
    }
    await delay(20);
  }
});
