import { closeRequest } from '../connection/node/close-request.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import type { ProblemOptions } from '../problem/problem.ts';
import { sendProblem } from '../problem/send-problem.ts';

const TIMED_OUT: ProblemOptions = {
  status: 503,
  code: 'handler_timeout',
  detail: 'The request took too long.',
  headers: { 'retry-after': '1' },
};

/**
 * Responds 503 to every request that has been open for longer than `limitMs`, and aborts its `request.signal`. If a
 * hook before the route hangs, there is no reply yet, so the connection is closed. Fastify's own `handlerTimeout`
 * creates a timer, an abort controller and three listeners per request, which is a fifth of the cost of a small
 * request.
 *
 * @returns a function that checks all exchanges at `now` (`performance.now()`).
 */
export function createHandlerTimeout(exchanges: Exchanges, limitMs: number): (now: number) => void {
  return (now) => {
    const latest = now - limitMs;
    for (const exchange of exchanges.open.filter(({ startedAt }) => startedAt <= latest)) {
      // The timer runs outside the request's context: the log line must have the trace of the request.
      if (exchange.serverSpan) exchange.serverSpan.run(() => giveUp(exchange));
      else giveUp(exchange);
    }
  };
}

function giveUp(exchange: Exchange): void {
  const { reply, request, response } = exchange;
  if (response.headersSent || reply?.sent) return;
  if (!reply) {
    exchange.abortReason = 'timeout';
    request.socket.destroy();
    return;
  }
  // While a body is still arriving, its connection must stay open for the response.
  if (request.closed) closeRequest(request);
  reply.log.warn({ method: request.method, handler: reply.request.routeOptions.url }, 'handler timed out');
  sendProblem(reply, TIMED_OUT);
}
