/** Records the outcomes of the requests of one kind of client. */
export interface Ledger {
  served(latencyMs: number): void;
  /** Records a response that asks the client to retry later: 503 or 429. */
  rejected(status: number): void;
  /** Records a missing or wrong response. */
  lost(reason: string): void;
  summary(): LedgerSummary;
}

export interface LedgerSummary {
  requests: number;
  served: number;
  lost: number;
  /** Number of lost requests by reason. */
  reasons: Record<string, number>;
  rejected: Record<string, number>;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Longest time without a served request. */
  longestOutageMs: number;
}

export function createLedger(): Ledger {
  const latencies: number[] = [];
  const rejected: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  let lost = 0;
  let servedAt = performance.now();
  let longestOutageMs = 0;

  function endOutage(now: number): void {
    longestOutageMs = Math.max(longestOutageMs, now - servedAt);
    servedAt = now;
  }

  return {
    served(latencyMs) {
      endOutage(performance.now());
      latencies.push(latencyMs);
    },
    rejected(status) {
      rejected[status] = (rejected[status] ?? 0) + 1;
    },
    lost(reason) {
      lost += 1;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    },
    summary() {
      endOutage(performance.now());
      const sorted = Float64Array.from(latencies).sort();
      const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
      const rejections = Object.values(rejected).reduce((sum, count) => sum + count, 0);
      return {
        requests: latencies.length + rejections + lost,
        served: latencies.length,
        lost,
        reasons,
        rejected,
        p50Ms: at(0.5),
        p99Ms: at(0.99),
        maxMs: at(1),
        longestOutageMs: round(longestOutageMs),
      };
    },
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
