import { badge, clock, code, facts, h, milliseconds, muted, row, table } from './dom.js';
import { createFeed } from './feed.js';
import { logRow } from './logs.js';

const NONE = 'No requests yet. They come from the access log (log.access: all).';

/** Lists the requests, newest first, next to the details of the selected one. */
export function createRequests(store) {
  let selected;
  const { body, element: list } = table('Requests', ['Time', 'Method', 'Path and route', 'Status', 'Duration']);
  const empty = h('p', { className: 'muted' });
  const details = h('aside', { className: 'card', hidden: true, ariaLabel: 'Request details' });
  const feed = createFeed(body, {
    lines: store.requests,
    createRow: requestRow,
    max: 300,
    newestFirst: true,
    label: 'Filter requests',
    select: 'Status',
    options: [['', 'Every status'], ...[2, 3, 4, 5].map((digit) => [digit, `${digit}xx`])],
    matches: ({ status }, first) => String(status).startsWith(first),
    onUpdate() {
      list.hidden = body.rows.length === 0;
      empty.hidden = !list.hidden;
      empty.textContent = store.requests.length > 0 ? 'No request matches the filter.' : NONE;
    },
  });

  function requestRow(request) {
    const { path, handler } = request;
    const open = h('button', { type: 'button', className: 'link' }, path);
    const cells = [
      muted(clock(request.time)),
      code(request.method),
      [open, handler === path ? '' : muted(' ', code(handler))],
      badge(request.status),
      milliseconds(request.duration_ms),
    ];
    const element = row(cells, { className: 'request', onclick: ({ detail }) => show(request, element, detail === 0) });
    return element;
  }

  function show(request, element, isKeyboard) {
    selected?.classList.remove('selected');
    selected = element;
    element.classList.add('selected');
    const close = h('button', { type: 'button', onclick: hide, ariaLabel: 'Close details' }, '✕');
    const heading = h('h2', {}, `${request.method} ${request.path} `, badge(request.status));
    details.replaceChildren(h('div', { className: 'bar' }, heading, close), ...describeRequest(store, request));
    details.hidden = false;
    details.scrollTop = 0;
    if (isKeyboard) close.focus();
  }

  function hide() {
    details.hidden = true;
    selected.classList.remove('selected');
    selected.querySelector('button').focus();
  }

  details.onkeydown = ({ key }) => key === 'Escape' && hide();
  const filters = h('div', { className: 'filters' }, feed.fields);
  return {
    element: h('div', { className: 'split full' }, h('section', {}, filters, empty, list), details),
    update: feed.update,
  };
}

function describeRequest(store, request) {
  const { trace_id: trace, request_id: id } = request;
  const spans = trace === undefined ? [] : store.spans.filter(({ traceId }) => traceId === trace);
  const isRelated = (line) => line.request_id === id || (trace !== undefined && line.trace_id === trace);
  const lines = store.lines.filter((line) => line !== request && isRelated(line));
  const problem = store.problems.find((document) => document.id === id);
  return [
    facts({
      Route: request.handler,
      Time: new Date(request.time).toLocaleString('en-GB'),
      Duration: milliseconds(request.duration_ms),
      Problem: request.problem,
      Aborted: request.aborted,
      'Request ID': id,
      'Trace ID': trace && h('a', { href: `#logs/${trace}`, title: 'Log lines of this trace' }, trace),
      Client: request.remote_address,
      Bytes: request.bytes,
    }),
    h('h3', {}, 'Spans'),
    spans.length > 0 ? waterfall(spans) : muted('No spans were recorded for this request.'),
    ...(problem
      ? [h('h3', {}, 'Problem document'), h('pre', {}, JSON.stringify(JSON.parse(problem.text), null, 2))]
      : []),
    h('h3', {}, 'Log lines'),
    lines.length > 0 ? h('ol', { className: 'log' }, lines.map(logRow)) : muted('Only the access-log line.'),
  ];
}

/** Draws spans as bars over the time of their trace, each below its parent. */
function waterfall(spans) {
  const start = Math.min(...spans.map((span) => span.start));
  const total = Math.max(...spans.map((span) => span.start + span.duration)) - start || 1;
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const parentOf = ({ parentId }) => (ids.has(parentId) ? parentId : undefined);
  const rowsBelow = (parent, depth) =>
    spans
      .filter((span) => parentOf(span) === parent)
      .sort((one, other) => one.start - other.start)
      .flatMap((span) => [spanRow(span, depth, { start, total }), ...rowsBelow(span.spanId, depth + 1)]);
  return h('ol', { className: 'waterfall' }, rowsBelow(undefined, 0));
}

function spanRow(span, depth, { start, total }) {
  const bar = h('span', { className: span.status.code === 2 ? 'failed' : '' });
  bar.style.marginLeft = `${(100 * (span.start - start)) / total}%`;
  bar.style.width = `${Math.max((100 * span.duration) / total, 0.5)}%`;
  const name = h('span', { className: 'name' }, span.name);
  name.style.paddingLeft = `${depth}rem`;
  const summary = h('summary', {}, name, h('span', { className: 'track' }, bar), milliseconds(span.duration));
  const attributes = Object.assign({}, span.attributes, ...span.events.map((event) => event.attributes));
  return h('li', {}, h('details', {}, summary, facts(attributes)));
}
