import { cell, clock, filterField, h, milliseconds, selectField, statusBadge, table } from './dom.js';
import { logRow } from './logs.js';

const MAX_ROWS = 300;
const STATUSES = [
  ['', 'Every status'],
  ['2', '2xx'],
  ['3', '3xx'],
  ['4', '4xx'],
  ['5', '5xx'],
];

/** Lists the requests, newest first, next to the details of the selected one. */
export function createRequests(store) {
  let text = '';
  let status = '';
  let seen = 0;
  let selected;
  const columns = [['Time', 'time'], ['Method'], ['Path and route', 'wide'], ['Status'], ['Duration', 'number']];
  const { body, element: list } = table('Requests', columns, []);
  const empty = h('p', { className: 'empty' }, 'No requests yet. They come from the access log (log.access: all).');
  const details = h('aside', { hidden: true, tabIndex: -1, attrs: { 'aria-label': 'Request details' } });

  function restart() {
    seen = 0;
    body.replaceChildren();
    update();
  }

  function update() {
    const matching = store.requests.filter(
      (request) => request.number > seen && request.text.includes(text) && String(request.status).startsWith(status),
    );
    seen = store.requests.at(-1)?.number ?? seen;
    body.prepend(...matching.slice(-MAX_ROWS).reverse().map(row));
    while (body.rows.length > MAX_ROWS) body.rows[MAX_ROWS].remove();
    empty.hidden = body.rows.length > 0;
    list.hidden = !empty.hidden;
    if (store.requests.length > 0 && !empty.hidden) empty.textContent = 'No request matches the filter.';
  }

  function row(request) {
    const { path, handler } = request;
    const open = h('button', { type: 'button', className: 'link' }, path);
    const route = handler === path ? '' : h('span', { className: 'muted route' }, handler);
    const element = h(
      'tr',
      { onclick: () => show(request, element) },
      cell(clock(request.time), 'muted time'),
      cell(request.method, 'method'),
      cell([open, ' ', route], 'wide'),
      cell(statusBadge(request.status)),
      cell(milliseconds(request.duration_ms), 'number'),
    );
    return element;
  }

  function show(request, element) {
    selected?.classList.remove('selected');
    selected = element;
    element.classList.add('selected');
    const close = h('button', { type: 'button', onclick: hide, attrs: { 'aria-label': 'Close details' } }, '✕');
    const heading = h('h2', {}, `${request.method} ${request.path} `, statusBadge(request.status));
    details.replaceChildren(h('div', { className: 'bar' }, heading, close), ...describeRequest(store, request));
    details.hidden = false;
    details.focus();
  }

  function hide() {
    details.hidden = true;
    selected?.classList.remove('selected');
    selected?.querySelector('button')?.focus();
  }

  details.addEventListener('keydown', ({ key }) => key === 'Escape' && hide());
  const filters = h(
    'div',
    { className: 'filters' },
    filterField('Filter requests', (value) => {
      text = value;
      restart();
    }),
    selectField('Status', STATUSES, (value) => {
      status = value;
      restart();
    }),
  );
  const element = h('div', { className: 'split' }, h('section', {}, filters, empty, list), details);
  return { element, update };
}

function describeRequest(store, request) {
  const { trace_id: trace, request_id: id, handler, problem, aborted } = request;
  const spans = store.spans.filter(({ traceId }) => traceId === trace);
  const lines = store.lines.filter((line) => line !== request && (line.trace_id === trace || line.request_id === id));
  const document = store.problems.get(id);
  const facts = {
    Route: handler,
    Time: new Date(request.time).toLocaleString('en-GB'),
    Duration: milliseconds(request.duration_ms),
    Problem: problem,
    Aborted: aborted,
    'Request ID': id,
    'Trace ID': trace && h('a', { href: `#logs/${trace}`, title: 'Show the log lines of this trace' }, trace),
    Client: request.remote_address,
    Bytes: request.bytes,
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return [
    h('dl', {}, ...known.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    h('h3', {}, 'Spans'),
    spans.length > 0 ? waterfall(spans) : h('p', { className: 'muted' }, 'No spans are kept for this request.'),
    ...(document ? [h('h3', {}, 'Problem document'), h('pre', {}, JSON.stringify(document, null, 2))] : []),
    h('h3', {}, 'Log lines'),
    lines.length > 0
      ? h('ol', { className: 'log' }, lines.map(logRow))
      : h('p', { className: 'muted' }, 'Only the access-log line.'),
  ];
}

/** Draws spans as bars over the time of their trace, each below its parent. */
function waterfall(spans) {
  const start = Math.min(...spans.map((span) => span.start));
  const total = Math.max(...spans.map((span) => span.start + span.duration)) - start || 1;
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const ordered = [];
  const visit = (parent, depth) => {
    const children = spans.filter(({ parentId }) => (ids.has(parentId) ? parentId : undefined) === parent);
    for (const span of children.sort((one, other) => one.start - other.start)) {
      ordered.push([span, depth]);
      visit(span.spanId, depth + 1);
    }
  };
  visit(undefined, 0);
  return h(
    'ol',
    { className: 'waterfall' },
    ordered.map(([span, depth]) => spanRow(span, depth, { start, total })),
  );
}

function spanRow(span, depth, { start, total }) {
  const failed = span.status.code === 2;
  const bar = h('span', { className: failed ? 'failed' : '' });
  bar.style.marginLeft = `${(100 * (span.start - start)) / total}%`;
  bar.style.width = `${Math.max((100 * span.duration) / total, 0.5)}%`;
  const name = h('span', { className: 'name' }, span.name);
  name.style.paddingLeft = `${depth}rem`;
  const summary = h('summary', {}, name, h('span', { className: 'track' }, bar), milliseconds(span.duration));
  const facts = { ...span.attributes, ...Object.assign({}, ...span.events.map(({ attributes }) => attributes)) };
  const rows = Object.entries(facts).flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, String(value))]);
  return h('li', {}, h('details', {}, summary, h('dl', {}, rows)));
}
