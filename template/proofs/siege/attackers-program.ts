/**
 * Runs the attackers in a separate process, so that their work does not delay honest clients. The first message from the
 * parent contains the orders, the second one stops the attacks. The tallies are sent back every second, because a final
 * message might never arrive.
 */
import type { Battlefield } from './attacks/attack.ts';
import { attacks } from './attacks/attacks.ts';

export type Tallies = Record<string, Record<string, number>>;

export interface Orders extends Battlefield {
  names: readonly string[];
}

const REPORT_PERIOD_MS = 1000;
const over = new AbortController();
const tallies: Tallies = {};

process.once('message', (orders: Orders) => {
  process.once('message', () => over.abort());
  void attackAll(orders);
});
process.once('disconnect', () => process.exit());

async function attackAll({ names, ...battlefield }: Orders): Promise<void> {
  const timer = setInterval(() => process.send?.(tallies), REPORT_PERIOD_MS);
  await Promise.all(names.map((name) => attackAs(name, battlefield)));
  clearInterval(timer);
  process.send?.(tallies, () => process.disconnect?.());
}

async function attackAs(name: string, battlefield: Battlefield): Promise<void> {
  const tally: Record<string, number> = {};
  tallies[name] = tally;
  const count = (outcome: string) => {
    tally[outcome] = (tally[outcome] ?? 0) + 1;
  };
  try {
    await attacks[name]?.({ ...battlefield, signal: over.signal, count });
  } catch (error) {
    count(`attack ended: ${error}`);
  }
}
