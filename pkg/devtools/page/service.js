import { cell, clock, filterField, h, table } from './dom.js';

/** Shows the health checks as the readiness probe reports them. */
export function createHealth() {
  const { body, element } = table('Health checks', [['Check'], ['Result', 'wide']], []);
  const verdict = h('p', { className: 'verdict', attrs: { role: 'status' } });
  let last;
  async function update() {
    const text = await (await fetch('/readyz?verbose')).text();
    if (text === last) return;
    last = text;
    const lines = text.trim().split('\n');
    verdict.textContent = lines.pop();
    verdict.className = `verdict ${verdict.textContent.endsWith('passed') ? 'live' : 'failed'}`;
    body.replaceChildren(
      ...lines.map((line) => {
        const [, sign, name, result] = /^\[(.)\](\S+) (.*)$/.exec(line) ?? [line, '-', line, ''];
        const mark = h(
          'span',
          { className: `badge ${sign === '+' ? 's2' : 's5'}` },
          sign === '+' ? 'passed' : 'failed',
        );
        return h('tr', {}, cell(name), cell([mark, result === 'ok' ? '' : ` ${result}`], 'wide'));
      }),
    );
  }
  return { element: h('section', {}, verdict, element), update: () => void update().catch(() => {}) };
}

/** Lists the settings with their origin, and the changes since the start. */
export function createSettings(store) {
  const { body, element } = table('Settings', [['Setting'], ['Value', 'wide'], ['Origin'], ['Reloadable']], []);
  const history = h('div');
  let filter = '';
  let seen;

  function applyFilter() {
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(filter);
  }

  async function update() {
    if (seen === store.changes.length) return;
    seen = store.changes.length;
    const changes = store.changes.toReversed().map(changeRow);
    history.replaceChildren(
      changes.length > 0
        ? table('Changes', [['Time'], ['Event'], ['Change', 'wide'], ['Origin']], changes).element
        : h('p', { className: 'muted' }, 'No setting has changed since the start.'),
    );
    const { settings } = await (await fetch('/devtools/service')).json();
    body.replaceChildren(...settings.map(settingRow));
    applyFilter();
  }

  const field = filterField('Filter settings, values or origins', (text) => {
    filter = text;
    applyFilter();
  });
  const headings = [h('h2', {}, 'Changes'), h('h2', {}, 'Settings')];
  return {
    element: h('section', {}, h('div', { className: 'filters' }, field), headings[0], history, headings[1], element),
    update: () => void update().catch(() => {}),
  };
}

function settingRow({ key, value, origin, reloadable }) {
  return h(
    'tr',
    { className: origin === 'default' || origin === 'not set' ? '' : 'set' },
    cell(h('code', {}, key)),
    cell(h('code', {}, typeof value === 'string' ? value : JSON.stringify(value)), 'wide'),
    cell(origin, 'muted'),
    cell(reloadable ? 'yes' : '', 'muted'),
  );
}

function changeRow({ time, msg, key, before, after, origin }) {
  const change = key === undefined ? '' : `${key}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  return h('tr', {}, cell(clock(time), 'muted'), cell(msg), cell(change, 'wide'), cell(origin ?? '', 'muted'));
}

/** Lists the routes of the public listener. */
export function createRoutes(_store, { service }) {
  const base = `${location.protocol}//${location.hostname}:${service.port}`;
  const tryIt = ({ method, path }) => {
    const isPlain = method === 'GET' && !path.includes('{');
    const label = isPlain ? `Open ${path}` : `Try ${method} ${path} in the API page`;
    const href = isPlain ? `${base}${path}` : `${base}/docs`;
    return h('a', { href, target: '_blank', attrs: { 'aria-label': label } }, isPlain ? 'Open' : 'Try it');
  };
  const rows = service.routes.map((route) =>
    h(
      'tr',
      {},
      cell(route.method, 'method'),
      cell(h('code', {}, route.path)),
      cell(h('span', { className: `badge ${route.access === 'public' ? 's2' : 's4'}` }, route.access)),
      cell(route.summary, 'wide'),
      cell(tryIt(route)),
    ),
  );
  const columns = [['Method'], ['Path'], ['Access'], ['Summary', 'wide'], ['Try it']];
  return { element: h('section', {}, table('Routes', columns, rows).element) };
}
