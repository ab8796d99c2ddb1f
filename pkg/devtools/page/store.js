const MAX_KEPT = 2000;
const MAX_SAMPLES = 300;
const POLL_MS = 1000;
/** Latency percentiles are those of the requests of the last 10 seconds. */
const LATENCY_WINDOW_MS = 10_000;

/** Polls the service while the page is visible and keeps what it has sent. */
export function createStore({ onUpdate, onConnection }) {
  const store = { requests: [], lines: [], spans: [], problems: new Map(), changes: [], samples: [] };
  let counts = { requests: 0, lines: 0, spans: 0, problems: 0, changes: 0 };
  let instance;
  let previous;
  let paused = false;

  async function poll() {
    const response = await fetch(`/devtools/state?${new URLSearchParams(counts)}`);
    if (!response.ok) throw new Error(`${response.status}`);
    const state = await response.json();
    if (instance !== undefined && state.instance !== instance) {
      // Restarted: its counts start again. What the previous process sent is kept.
      instance = undefined;
      previous = undefined;
      counts = Object.fromEntries(Object.keys(counts).map((name) => [name, 0]));
      return poll();
    }
    const isRestart = instance === undefined;
    instance = state.instance;
    const requests = state.requests.items.map(parseLine);
    addSample(state, requests.filter(({ status }) => status >= 500).length);
    keep(store.requests, requests);
    keep(store.lines, [...state.lines.items.map(parseLine), ...requests].sort(byTime));
    keep(store.spans, state.spans.items);
    keep(store.changes, state.changes.items.map(parseLine));
    for (const text of state.problems.items) addProblem(text);
    counts = Object.fromEntries(Object.keys(counts).map((name) => [name, state[name].count]));
    onConnection('Live');
    onUpdate(isRestart);
  }

  function addProblem(text) {
    try {
      const problem = JSON.parse(text);
      store.problems.set(problem.requestId, problem);
    } catch {
      // Cut because of its length.
    }
    if (store.problems.size > MAX_KEPT) store.problems.delete(store.problems.keys().next().value);
  }

  function addSample({ requests, loop, memory }, errors) {
    const now = Date.now();
    if (previous) {
      const seconds = (now - previous.now) / 1000;
      const active = loop.active - previous.loop.active;
      const total = active + loop.idle - previous.loop.idle;
      const recent = store.requests.filter(({ time }) => Date.parse(time) > now - LATENCY_WINDOW_MS);
      const durations = recent.map(({ duration_ms: duration }) => duration).sort((one, other) => one - other);
      const percentile = (share) => durations[Math.ceil(share * durations.length) - 1] ?? null;
      keep(store.samples, [
        {
          time: now / 1000,
          rate: (requests.count - previous.count) / seconds,
          errors: errors / seconds,
          p50: percentile(0.5),
          p95: percentile(0.95),
          p99: percentile(0.99),
          loop: total > 0 ? (100 * active) / total : 0,
          heap: memory.heapUsed / 2 ** 20,
          resident: memory.rss / 2 ** 20,
        },
      ]);
      store.samples.splice(0, store.samples.length - MAX_SAMPLES);
    }
    previous = { now, loop, count: requests.count };
  }

  async function run() {
    for (;;) {
      if (!paused && document.visibilityState === 'visible') {
        await poll().catch(() => onConnection('Reconnecting'));
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  return {
    ...store,
    run,
    pause(value) {
      paused = value;
      onConnection(value ? 'Paused' : 'Live');
    },
  };
}

function keep(list, items) {
  list.push(...items);
  list.splice(0, list.length - MAX_KEPT);
}

/** Every line gets a number, which views use to add only new lines. */
let lastNumber = 0;
function parseLine(text) {
  lastNumber += 1;
  try {
    return { ...JSON.parse(text), number: lastNumber, text: text.toLowerCase() };
  } catch {
    return { level: 'info', time: new Date().toISOString(), msg: text, number: lastNumber, text: text.toLowerCase() };
  }
}

const byTime = (one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : one.number - other.number);
