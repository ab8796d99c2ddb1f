import { clock, filterField, h, selectField } from './dom.js';

const MAX_ROWS = 1000;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** Fields that a row shows elsewhere, or that are the same for every line. */
const HIDDEN =
  'level time msg service version number text err trace_id span_id trace_flags request_id remote_address'.split(' ');

/** Lists the log lines, newest last, and follows them until the reader scrolls up. */
export function createLogs(store, { argument: trace }) {
  let text = trace;
  let lowest = 0;
  let seen = 0;
  const list = h('ol', { className: 'log', tabIndex: 0, attrs: { 'aria-label': 'Log lines', role: 'log' } });
  const follow = h('input', { type: 'checkbox', checked: true });

  function update() {
    const isWanted = ({ number, level, ...line }) =>
      number > seen && LEVELS.indexOf(level) >= lowest && line.text.includes(text);
    list.append(...store.lines.filter(isWanted).slice(-MAX_ROWS).map(logRow));
    seen = store.lines.reduce((latest, { number }) => Math.max(latest, number), seen);
    while (list.children.length > MAX_ROWS) list.firstChild.remove();
    if (follow.checked) list.scrollTop = list.scrollHeight;
  }

  function restart() {
    seen = 0;
    list.replaceChildren();
    update();
  }

  list.addEventListener('wheel', ({ deltaY }) => {
    if (deltaY < 0) follow.checked = false;
  });
  const filters = h(
    'div',
    { className: 'filters' },
    filterField(
      'Search log lines or a trace ID',
      (value) => {
        text = value;
        restart();
      },
      trace,
    ),
    selectField(
      'Lowest level',
      LEVELS.map((level, index) => [String(index), `${level} and above`]),
      (value) => {
        lowest = Number(value);
        restart();
      },
    ),
    h('label', {}, follow, ' Follow'),
  );
  return { element: h('section', { className: 'tall' }, filters, list), update };
}

export function logRow(line) {
  const { trace_id: trace } = line;
  const link = trace ? h('a', { href: `#logs/${trace}`, title: 'Lines of this trace' }, trace.slice(0, 8)) : '';
  const fields = Object.entries(line).filter(([name]) => !HIDDEN.includes(name));
  const shown = fields.map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return h(
    'li',
    { className: line.level },
    h('time', { className: 'muted', dateTime: line.time }, clock(line.time)),
    h('span', { className: 'level' }, line.level),
    h(
      'span',
      {},
      line.msg ?? '',
      ' ',
      h('span', { className: 'muted' }, `${shown.join(' ')} `),
      link,
      ...errorOf(line),
    ),
  );
}

function errorOf({ err }) {
  return err ? [h('pre', {}, err.stack ?? JSON.stringify(err, null, 2))] : [];
}
