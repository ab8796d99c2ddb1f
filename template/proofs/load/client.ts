import type { Answer } from './answer-reader.ts';
import { LostRequest, openConnection } from './connection.ts';
import type { Request } from './requests.ts';
import type { Upstream } from './upstream.ts';

/** One connection to an upstream, which keeps the upstream's books. */
export interface Client {
  /** Whether the next request may use it. */
  readonly usable: boolean;
  /** Waits for the answer; undefined when there was none. */
  ask(request: Request): Promise<Answer | undefined>;
  /** Sends the request several times in one write, and waits for what becomes of each. */
  pipeline(count: number, request: Request): Promise<void>;
  /** Sends more of a request that was startedAt with {@link ask}. */
  send(bytes: string): void;
  /** Whoever opened it closes it. */
  close(): void;
}

/** @param kind names the client in the upstream's failures. */
export function openClient(upstream: Upstream, kind: string): Client {
  const connection = openConnection(upstream.connect);

  let raced = false;

  /** A request that is sent first on a connection, or after another one during the stop, has no excuse for a loss. */
  function wasSilentSinceStop(): boolean {
    return Number.isFinite(connection.askedAt) && connection.askedAt < upstream.stoppingSince;
  }

  async function settle(request: Request, pending: Promise<Answer>, wasSilent: boolean, pipelined: boolean) {
    try {
      const answer = await pending;
      if (answer.status === request.expected) upstream.answered += 1;
      else upstream.failures.push(`${kind}: ${answer.status} instead of ${request.expected}: ${answer.body}`);
      return answer;
    } catch (error) {
      if (!(error instanceof LostRequest)) throw error;
      if (error.how === 'unanswered' && pipelined && connection.toldToClose) upstream.unanswered += 1;
      else if (error.how === 'unanswered' && wasSilent && performance.now() > upstream.closingSince) raced = true;
      else upstream.failures.push(`${kind}: ${error.message}, ${sinceStop(upstream)}`);
      return undefined;
    }
  }

  return {
    get usable() {
      return connection.usable;
    },
    ask(request) {
      const wasSilent = wasSilentSinceStop();
      return settle(request, connection.ask(request.bytes), wasSilent, false);
    },
    async pipeline(count, request) {
      const wasSilent = wasSilentSinceStop();
      upstream.pipelined += count;
      const answers = connection.askTimes(count, request.bytes);
      await Promise.all(answers.map((pending) => settle(request, pending, wasSilent, true)));
    },
    send: connection.send,
    close() {
      if (raced) {
        upstream.raced += 1;
      } else if (connection.askedAt > upstream.drainingSince) {
        upstream.usedWhileDraining += 1;
        if (!connection.toldToClose) upstream.untold += 1;
      }
      connection.close();
    },
  };
}

function sinceStop({ stoppingSince }: Upstream): string {
  const ms = Math.round(performance.now() - stoppingSince);
  return Number.isFinite(ms) ? `${ms} ms after the signal` : 'before the signal';
}
