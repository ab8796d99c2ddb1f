import { badge, clock, code, filterField, getJson, h, muted, row, table } from './dom.js';

/**
 * Creates a view of tables with a filter.
 *
 * @param load returns the data. The tables are built again when it has changed.
 * @param build returns the tables. A row is a list of cells, each a text or an element.
 */
function createTables(load, build) {
  const place = h('div');
  let text = '';
  let shown;

  function applyFilter() {
    for (const item of place.querySelectorAll('tbody tr')) {
      item.hidden = !item.textContent.toLowerCase().includes(text);
    }
  }

  async function update() {
    const data = await load();
    const json = JSON.stringify(data);
    if (json === shown) return;
    shown = json;
    const parts = build(data).flatMap(({ title, columns, rows, empty = '' }) => [
      h('h2', {}, title),
      rows.length === 0
        ? muted(empty)
        : table(
            title,
            columns,
            rows.map((cells) => row(cells)),
          ).element,
    ]);
    place.replaceChildren(...parts);
    applyFilter();
  }

  const search = filterField('Filter', (value) => {
    text = value;
    applyFilter();
  });
  return { element: h('section', {}, h('div', { className: 'filters' }, search), place), update };
}

/** Shows the health checks as the readiness probe reports them. */
export function createHealth() {
  const load = async () => (await fetch('/readyz?verbose')).text();
  return createTables(load, (text) => {
    const lines = text.trim().split('\n');
    const verdict = lines.pop();
    const rows = lines.map((line) => {
      const [, sign, name, result] = /^\[(.)\](\S+) (.*)$/.exec(line) ?? ['', '-', line, ''];
      const mark = sign === '+' ? badge('passed', 2) : badge('failed', 5);
      return [name, [mark, ` ${result.replace(/^ok ?/, '')}`]];
    });
    return [{ title: verdict, columns: ['Check', 'Result'], rows }];
  });
}

/** Lists the settings with their origin, and the changes since the start. */
export function createSettings(store) {
  const load = async () => [await getJson('/devtools/settings'), store.changes];
  return createTables(load, ([settings, changes]) => [
    {
      title: 'Changes',
      columns: ['Time', 'Event', 'Change', 'Origin'],
      rows: changes
        .toReversed()
        .map(({ time, msg, origin = '', ...change }) => [clock(time), msg, code(describeChange(change)), origin]),
      empty: 'No setting has changed since the start.',
    },
    {
      title: 'Settings',
      columns: ['Setting', 'Value', 'Origin', 'Reloadable'],
      rows: settings.map(({ key, value, origin, reloadable }) => [
        code(key),
        code(typeof value === 'string' ? value : JSON.stringify(value)),
        ['default', 'not set'].includes(origin) ? muted(origin) : origin,
        reloadable ? 'yes' : '',
      ]),
    },
  ]);
}

function describeChange({ key, before, after, problems = [] }) {
  if (key !== undefined) return `${key}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  return problems.map((problem) => `${problem.key ?? problem.origin}: expected ${problem.expected}`).join('\n');
}

/** Lists the routes of the public listener. */
export function createRoutes() {
  const load = () => getJson('/devtools/service');
  return createTables(load, ({ routes, protocol, port }) => [
    {
      title: 'Routes',
      columns: ['Method', 'Path', 'Access', 'Summary', 'Try it'],
      rows: routes.map(({ method, path, access, summary }) => [
        method,
        code(path),
        badge(access, access === 'public' ? 2 : 4),
        summary,
        tryLink(method, path, `${protocol}://${location.hostname}:${port}`),
      ]),
    },
  ]);
}

/** Opens a GET route without parameters, and the API page for every other one. */
function tryLink(method, path, base) {
  const isPlain = method === 'GET' && !path.includes('{');
  const ariaLabel = isPlain ? `Open ${path}` : `Try ${method} ${path} on the API page`;
  return h('a', { href: base + (isPlain ? path : '/docs'), target: '_blank', ariaLabel }, isPlain ? 'Open' : 'Try it');
}

/** Shows the tables of another component, such as an integration. */
export const createPanel = (index) =>
  createTables(
    () => getJson(`/devtools/panel?index=${index}`),
    (tables) => tables,
  );
