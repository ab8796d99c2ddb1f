import { clock, h, muted } from './dom.js';
import { createFeed } from './feed.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** Fields that a row shows elsewhere, or that are the same in every line. */
const HIDDEN =
  'level time msg service version number text err trace_id span_id trace_flags request_id remote_address'.split(' ');

/** Lists the log lines, newest last, and follows them until the reader scrolls up. */
export function createLogs(store, trace) {
  const list = h('ol', { className: 'log card', tabIndex: 0, ariaLabel: 'Log lines', role: 'log' });
  const follow = h('input', { type: 'checkbox', checked: true });
  list.onscroll = () => {
    follow.checked = list.scrollTop + list.clientHeight > list.scrollHeight - 8;
  };
  const feed = createFeed(list, {
    lines: store.lines,
    createRow: logRow,
    max: 1000,
    label: 'Search log lines or a trace ID',
    text: trace,
    select: 'Lowest level',
    options: LEVELS.map((level, index) => [index, `${level} and above`]),
    matches: ({ level }, lowest) => LEVELS.indexOf(level) >= lowest,
  });
  const filters = h('div', { className: 'filters' }, feed.fields, h('label', {}, follow, ' Follow'));
  return {
    element: h('section', { className: 'full' }, filters, list),
    update() {
      const isFollowed = follow.checked;
      feed.update();
      if (isFollowed) list.scrollTop = list.scrollHeight;
    },
  };
}

export function logRow(line) {
  const { level, time, msg = '', trace_id: trace, err } = line;
  const fields = Object.entries(line).filter(([name]) => !HIDDEN.includes(name));
  const shown = fields.map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value} `);
  return h(
    'li',
    { className: level },
    h('time', { className: 'muted', dateTime: time }, clock(time)),
    h('span', { className: 'level' }, level),
    h(
      'span',
      {},
      `${msg} `,
      muted(...shown),
      trace ? h('a', { href: `#logs/${trace}`, title: 'Log lines of this trace' }, trace.slice(0, 8)) : '',
      err ? h('pre', {}, err.stack ?? JSON.stringify(err, null, 2)) : '',
    ),
  );
}
