import { getJson } from './dom.js';

const MAX_KEPT = 2000;
const MAX_SAMPLES = 300;
const POLL_MS = 1000;
/** Latency percentiles are those of the requests of the last 10 seconds. */
const LATENCY_WINDOW_MS = 10_000;

/** Polls the service while the page is visible and keeps what it has sent, even if the service restarts. */
export function createStore({ onUpdate, onConnection }) {
  const store = { requests: [], lines: [], spans: [], problems: [], changes: [], samples: [] };
  let seen = {};
  let previous;

  async function poll() {
    const state = await getJson(`/devtools/state?${new URLSearchParams(seen)}`);
    const isNewProcess = state.instance !== seen.instance;
    if (isNewProcess) previous = undefined;
    seen = { instance: state.instance };
    for (const kind of ['requests', 'lines', 'spans', 'problems']) seen[kind] = state[kind].count;

    const requests = state.requests.items.map(parseLine);
    const lines = state.lines.items.map(parseLine);
    keep(store.requests, requests);
    keep(store.lines, [...lines, ...requests].sort(byTime));
    keep(store.spans, state.spans.items);
    keep(store.problems, state.problems.items);
    keep(
      store.changes,
      lines.filter(({ component }) => component === 'config'),
    );
    addSample(state, requests);
    onConnection('Live');
    await onUpdate(isNewProcess);
  }

  function addSample({ requestCount: count, loop, memory }, requests) {
    const now = Date.now();
    if (previous) {
      const seconds = (now - previous.now) / 1000;
      const active = loop.active - previous.loop.active;
      const total = active + loop.idle - previous.loop.idle;
      const recent = store.requests.filter(({ time }) => Date.parse(time) > now - LATENCY_WINDOW_MS);
      const durations = recent.map((request) => request.duration_ms).sort((one, other) => one - other);
      const percentile = (share) => durations[Math.ceil(share * durations.length) - 1] ?? null;
      store.samples.push({
        time: now / 1000,
        requests: (count - previous.count) / seconds,
        '5xx': requests.filter(({ status }) => status >= 500).length / seconds,
        p50: percentile(0.5),
        p95: percentile(0.95),
        p99: percentile(0.99),
        utilization: total > 0 ? (100 * active) / total : 0,
        'heap used': memory.heapUsed / 2 ** 20,
        resident: memory.rss / 2 ** 20,
      });
      store.samples.splice(0, store.samples.length - MAX_SAMPLES);
    }
    previous = { now, loop, count };
  }

  return {
    ...store,
    async run() {
      for (;;) {
        if (document.visibilityState === 'visible') await poll().catch(() => onConnection('Reconnecting'));
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}

function keep(list, items) {
  list.push(...items);
  list.splice(0, list.length - MAX_KEPT);
}

/** Numbers the lines, so that views can tell which are new. */
let lastNumber = 0;
function parseLine(text) {
  lastNumber += 1;
  const line = { number: lastNumber, text: text.toLowerCase() };
  try {
    return { ...JSON.parse(text), ...line };
  } catch {
    // Truncated because of its length.
    return { level: 'info', time: new Date().toISOString(), msg: text, ...line };
  }
}

const byTime = (one, other) => one.time.localeCompare(other.time) || one.number - other.number;
