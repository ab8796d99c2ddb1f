/** Creates an element. The properties are DOM properties, such as `ariaLabel` and `onclick`. */
export function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.flat());
  return element;
}

export async function getJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Creates a labelled text filter. `onChange` receives the text in lower case. */
export function filterField(label, onChange, value = '') {
  const oninput = ({ target }) => onChange(target.value.trim().toLowerCase());
  return h('input', { type: 'search', placeholder: label, ariaLabel: label, value, oninput });
}

/** Creates a table inside a region that scrolls. */
export function table(label, columns, rows = []) {
  const head = columns.map((text) => h('th', { scope: 'col' }, text));
  const body = h('tbody', {}, rows);
  const element = h('table', { ariaLabel: label }, h('thead', {}, h('tr', {}, head)), body);
  return { body, element: h('div', { className: 'card' }, element) };
}

export function row(cells, properties) {
  const items = cells.map((content) => h('td', {}, content));
  return h('tr', properties, items);
}

export const code = (text) => h('code', {}, text);

export const muted = (...content) => h('span', { className: 'muted' }, ...content);

/** Creates a badge in the colour of a status: 2xx is good, 4xx a warning and 5xx an error. */
export const badge = (text, status = text) => h('span', { className: `badge s${String(status)[0]}` }, text);

/** Creates a list of names and values. Undefined values are omitted. */
export function facts(values) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  const items = known.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]);
  return h('dl', {}, items);
}

export const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
