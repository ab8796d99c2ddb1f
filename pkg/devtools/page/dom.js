/** Creates an element. Properties are DOM properties, `on…` handlers and, in `attrs`, attributes. */
export function h(tag, { attrs = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, value);
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return element;
}

/** Creates a labelled text filter. */
export function filterField(label, onChange, value = '') {
  const oninput = ({ target }) => onChange(target.value.trim().toLowerCase());
  return h('input', { type: 'search', placeholder: label, value, oninput, attrs: { 'aria-label': label } });
}

export function selectField(label, options, onChange) {
  const onchange = ({ target }) => onChange(target.value);
  return h(
    'select',
    { onchange, attrs: { 'aria-label': label } },
    options.map(([value, text]) => h('option', { value }, text)),
  );
}

/** Creates a table inside a region that scrolls. Every column is `[heading, class]`. */
export function table(label, columns, rows) {
  const body = h('tbody', {}, rows);
  const head = columns.map(([text, className = '']) => h('th', { className, scope: 'col' }, text));
  const element = h('table', { attrs: { 'aria-label': label } }, h('thead', {}, h('tr', {}, head)), body);
  return { body, element: h('div', { className: 'scroll' }, element) };
}

export const cell = (content, className = '') => h('td', { className }, content);

export const clock = (time) => new Date(time).toLocaleTimeString('en-GB', { hour12: false });

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export const statusBadge = (status) => h('span', { className: `badge s${String(status)[0]}` }, String(status));
